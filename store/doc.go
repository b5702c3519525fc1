// Package store remembers what is listed, in Pebble, and hands it to package
// eir: a Store is an eir.Lists.
//
// Every change comes from a source with a sequence and is applied in one
// atomic, synced step together with that sequence. A crash leaves the state
// before or the state after; a gap or a step back is refused. There are two
// kinds of change: Replace, or ReplaceSorted, puts a whole list in the place of
// the last one, Apply puts and removes single entries; with either goes what is
// attached to the source.
//
// It never answers from less than it holds. What was acknowledged also stands in a
// file beside the tables (acknowledged.go), and Open holds each list against it
// (examine.go): one that is short is said to be, and no check is answered until a
// whole one takes its place. What a disk refuses is parked (store/disk) and done
// later (resume.go). What each kind of damage does stands in docs/damage.md.
//
// One process opens a directory; in it, one writer works at a time and any
// number of readers, who never wait for it. What keys and values look like on
// disk stands in format.go, record.go and acknowledged.go, and nowhere else; how a lookup goes
// stands in find.go; what a reader sees of a change stands in view.go.
//
// It knows nothing of list files (store/listfile), of imports and their
// thresholds (store/intake), of Diameter or HTTP. It logs nothing and counts
// nothing: it returns errors and emits Events.
//
// Gateway and store/... may import it; it imports eir and Pebble.
package store
