package publish

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"

	"paperweight/store/feed/format"
)

// sketch tells how many distinct reasons entries have, in a few bytes: the least
// of the reasons' hashes, ascending. Where there are fewer than ReasonsCounted, these
// are all, and counted. Else the greatest of them tells how close together they
// lie: of a list with n reasons the count has a standard error of a sixteenth of n.
//
// Each part has its own, made when the part is written, so that a list of any
// size is counted without being read, and a reason that is used no more ceases
// to count.
type sketch []uint32

// ReasonsCounted is the number of distinct reasons from which on their count is an
// estimate.
const ReasonsCounted = 256

func sketchOf(reasons iter.Seq[string]) (s sketch) {
	for reason := range reasons {
		sum := sha256.Sum256([]byte(reason))
		s = append(s, binary.BigEndian.Uint32(sum[:]))
	}
	return s.least()
}

func (s sketch) least() sketch {
	slices.Sort(s)
	s = slices.Compact(s)
	return s[:min(len(s), ReasonsCounted)]
}

func (s sketch) count() uint64 {
	if len(s) < ReasonsCounted {
		return uint64(len(s))
	}
	return (ReasonsCounted - 1) << 32 / (uint64(s[ReasonsCounted-1]) + 1)
}

// Reasons is how many distinct reasons a list has.
type Reasons struct {
	// Count is exact below 256; above, within an eighth as a rule.
	Count uint64 `json:"count"`
	// Most is how many a snapshot can have and a node keeps in RAM. Many
	// says that Count is a quarter of it or more.
	Most uint64 `json:"most"`
	Many bool   `json:"many,omitempty"`
}

func (l *list) reasons() Reasons {
	var all sketch
	for i := range l.Parts {
		all = append(all, l.Parts[i].Reasons...)
	}
	n := all.least().count()
	return Reasons{n, format.MaxReasons, n >= format.MaxReasons/4}
}
