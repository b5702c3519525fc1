package store

import "errors"

// ErrUnsorted: an entry of a sorted list is not behind the one before it.
var ErrUnsorted = errors.New("not in order")

// ReplaceSorted is Replace for a list that comes in order: entries are written
// as they come, and nothing is sorted. Add and AddMalformed then want them
// ascending strictly, by class, place and identity:
//
//	class     equipment (Exact, Pair), malformed identities, ranges (ByTAC,
//	          Range, RangePair), subscribers (BySubscriber)
//	place     equipment: From; malformed: the octets; ranges: From, then To;
//	          subscribers: IMSI
//	identity  Kind; any SVN before some; IMSI; SVNs[0]; SVNs[1]
//
// which is the order of the feed's files (feed/format.Compare), and of Listed.
// One that does not is an error that Is ErrUnsorted and is left out; after it the list
// should be aborted.
func (s *Store) ReplaceSorted(source string) (*Replacement, error) {
	return nil, errors.ErrUnsupported
}

// Pace has f called for every few thousand entries written, with their number:
// it may sleep, so that a list leaves room for checks, and an error of it ends
// the list. It is called from one goroutine at a time, not always the caller's.
func (r *Replacement) Pace(f func(entries int) error) { r.pace = f }
