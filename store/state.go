package store

import (
	"time"

	"paperweight/eir"
)

// Operator is the name of the source that holds the operator's own entries.
// It is kept in RAM as a whole, so its lookups need no disk.
const Operator = "operator"

// SourceState is what is known of a source: who listed what, up to where.
type SourceState struct {
	// Name is unique in the store.
	Name string `json:"name"`
	// Sequence is the number of the last change applied; the first is 1
	// unless the source numbers its own.
	Sequence uint64 `json:"sequence"`
	// Entries is the number of entries listed, all kinds and statuses.
	Entries uint64 `json:"entries"`
	// ByStatus and ByKind divide Entries.
	ByStatus StatusCounts `json:"by_status"`
	ByKind   KindCounts   `json:"by_kind"`
	// Malformed is the number of malformed identities listed; they are not
	// among Entries.
	Malformed uint64 `json:"malformed,omitempty"`
	// ProhibitedIMEIs is how many IMEIs the prohibited entries name, each
	// entry for itself: 1 an IMEI, a million a TAC. It fits: MaxOverlap.
	ProhibitedIMEIs uint64 `json:"prohibited_imeis"`
	// Changed is when the last change was applied.
	Changed time.Time `json:"changed"`
	// Mark is the source's own: the store keeps it and does not read it. An
	// import keeps there up to where it has read.
	Mark string `json:"mark,omitempty"`
	// Damage is why the list can't be relied on: it holds less than was
	// acknowledged, or a part of it can't be read. Empty where it is whole. The
	// store writes it nowhere.
	Damage string `json:"damage,omitempty"`
}

// StatusCounts counts entries by what they say.
type StatusCounts struct {
	Permitted  uint64 `json:"permitted"`
	Tracked    uint64 `json:"tracked"`
	Prohibited uint64 `json:"prohibited"`
}

// KindCounts counts entries by how they name equipment.
type KindCounts struct {
	Exact        uint64 `json:"imei"`
	ByTAC        uint64 `json:"tac"`
	Range        uint64 `json:"range"`
	Pair         uint64 `json:"imei_imsi"`
	RangePair    uint64 `json:"range_imsi_prefix"`
	BySubscriber uint64 `json:"imsi"`
}

// count adds n (1, or its complement to take one away) entries of a width.
func (s *SourceState) count(status eir.Status, kind eir.Kind, width, n uint64) {
	if kind == kindMalformed {
		s.Malformed += n
		return
	}
	s.Entries += n
	if status == eir.Prohibited && !kind.Exception() {
		s.ProhibitedIMEIs += n * (width + 1)
	}
	switch status {
	case eir.Permitted:
		s.ByStatus.Permitted += n
	case eir.Tracked:
		s.ByStatus.Tracked += n
	case eir.Prohibited:
		s.ByStatus.Prohibited += n
	}
	switch kind {
	case eir.Exact:
		s.ByKind.Exact += n
	case eir.ByTAC:
		s.ByKind.ByTAC += n
	case eir.Range:
		s.ByKind.Range += n
	case eir.Pair:
		s.ByKind.Pair += n
	case eir.RangePair:
		s.ByKind.RangePair += n
	case eir.BySubscriber:
		s.ByKind.BySubscriber += n
	}
}

// plus adds the counts of another state; what one of them took away comes as
// the complement.
func (s *SourceState) plus(o *SourceState) {
	s.Entries += o.Entries
	s.Malformed += o.Malformed
	s.ProhibitedIMEIs += o.ProhibitedIMEIs
	s.ByStatus.Permitted += o.ByStatus.Permitted
	s.ByStatus.Tracked += o.ByStatus.Tracked
	s.ByStatus.Prohibited += o.ByStatus.Prohibited
	s.ByKind.Exact += o.ByKind.Exact
	s.ByKind.ByTAC += o.ByKind.ByTAC
	s.ByKind.Range += o.ByKind.Range
	s.ByKind.Pair += o.ByKind.Pair
	s.ByKind.RangePair += o.ByKind.RangePair
	s.ByKind.BySubscriber += o.ByKind.BySubscriber
}

// Version is what a change makes of its source.
type Version struct {
	// Sequence is the number of the change: the source's last plus one.
	// Zero takes that number.
	Sequence uint64
	// Mark replaces the source's Mark.
	Mark string
	// At is the time of the change.
	At time.Time
	// Attach is kept with the source, and written in the batch of the change;
	// see Store.Attach.
	Attach map[string][]byte
	// Rebase lets a whole list take any sequence, also one that was: where
	// the list comes from has its own protection against a step back. It
	// lets Edits, which say what they follow, skip sequences.
	Rebase bool
}

// after returns the state that follows s. Only a whole list may begin a source
// at any sequence: a change of single entries needs all those before it.
func (v Version) after(s SourceState, whole bool) (SourceState, error) {
	seq := v.Sequence
	if seq == 0 {
		seq = s.Sequence + 1
	}
	rebased := v.Rebase && (whole || seq > s.Sequence)
	if seq != s.Sequence+1 && !rebased && !(whole && s.Sequence == 0) {
		return s, &SequenceError{Source: s.Name, Last: s.Sequence, Got: seq}
	}
	s.Sequence, s.Mark, s.Changed = seq, v.Mark, v.At.UTC()
	return s, nil
}
