// Package publish is the authority's end of a signed feed: from the files in
// which a national list is kept to a directory that any web server hands out.
//
// A Publisher reads list files (store/listfile), sorts them, finds what changed
// since the last publication, holds that to the Guard that nodes have
// (store/feed), writes it as a file (store/feed/format) and has it signed and
// published (store/feed/trust). Beside the snapshots it can publish a blacklist
// in the layout of DIRBS, for other registers; deltas do not renew it. A Site hands DIR/public out and
// tells whoever listens that something new is there.
//
// The directory of a feed is a trust.Repository's, and in it
//
//	ceremony/  public keys that the first root is to name: ROLE-NUMBER.pub
//	list/      the list as it was published last: state.json and files of
//	           some hundred thousand entries, each a snapshot of its part
//
// What was prepared is never given up half-way. A target is put among those to
// be signed first, and list/ follows it: whatever a crash leaves undone, the
// next Open does, from the target, whose hash the authority's own metadata has.
// Who loses list/ loses with it up to which run the list has followed DIRBS and
// what the Guard counted of the hour and the day, and no entry.
// In public/ a reader sees the publication before or the one after. What none
// leads to any more is removed there after Config.Grace; deltas that lead on from
// the newest snapshot are listed, so that a node that slept, however long, comes
// by them or by the snapshot.
//
// It never asks the clock but in Site, logs nothing and counts nothing. Gateway
// may import it.
package publish
