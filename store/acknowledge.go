package store

import (
	"encoding/binary"
	"encoding/json"
	"iter"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"paperweight/store/journal"
)

// StateBlob is the name of the one blob of a source that outlives the loss of
// the tables, up to 256 KiB of it: where a feed is, so that no mirror leads the
// list back when it is fetched again.
const StateBlob = "feed"

const maxKept = 256 << 10

// countKey is the key of how many batches were written for a source.
func countKey(name string) []byte { return append([]byte{familyCount}, name...) }

// count puts the number of a change into its batch.
func (s *Store) count(batch *pebble.Batch, name string) error {
	return batch.Set(countKey(name), binary.AppendUvarint(nil, s.changes[name]+1), nil)
}

// line is where a source is after its next change; src is nil where it has no
// list.
func (s *Store) line(name string, src *source, attached map[string][]byte) *ackLine {
	l := &ackLine{Source: name, Changes: s.changes[name] + 1, Kept: s.kept[name]}
	if blob, ok := attached[StateBlob]; ok {
		l.Kept = nil
		if len(blob) <= maxKept {
			l.Kept = blob
		}
	}
	if src != nil {
		l.List = src.acknowledged()
	}
	return l
}

func (s *source) acknowledged() *ackList {
	l := &ackList{ID: s.generation.source, Generation: s.generation.number, Digest: s.digest, State: s.state}
	if s.lost != nil {
		l.Lost = s.lost.why
	}
	return l
}

// acknowledge writes a line behind the change that it is of.
func (s *Store) acknowledge(l *ackLine) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return s.journal.Append(text)
}

// acknowledgeAnew writes the file of what is in force, and of what is known of
// lists that are lost.
func (s *Store) acknowledgeAnew(sources []*source) error {
	if s.journal != nil {
		if err := s.journal.Close(); err != nil {
			return err
		}
		s.journal = nil
	}
	var err error
	s.journal, err = journal.Create(s.gate, s.fs.PathJoin(s.dir, acknowledgedFile), s.lines(sources))
	return err
}

// lines are those of a new file.
func (s *Store) lines(sources []*source) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		put := func(l *ackLine) bool { return yield(json.Marshal(l)) }
		if !put(&ackLine{Format: ackFormat}) {
			return
		}
		lists := map[string]*source{}
		for _, src := range sources {
			lists[src.Name] = src
		}
		for _, name := range slices.Sorted(maps.Keys(s.changes)) {
			l := &ackLine{Source: name, Changes: s.changes[name], Kept: s.kept[name]}
			if src := lists[name]; src != nil {
				l.List = src.acknowledged()
				l.All, l.Part, l.Own = src.own()
			}
			if !put(l) {
				return
			}
		}
	}
}

// own returns the operator's own entries, whole in RAM; of a list that is lost
// those that the file had.
func (s *source) own() (all, part bool, own []ownChange) {
	if s.Name != Operator {
		return false, false, nil
	}
	if s.lost != nil {
		for _, e := range s.lost.own {
			own = append(own, ownEntry(&e))
		}
		return true, !s.lost.whole, own
	}
	if s.equipment == nil {
		return true, true, nil // not read yet
	}
	for class, t := range map[byte]*intervals{classEquipment: s.equipment, classRange: s.ranges, classSubscriber: s.subscribers} {
		for i := range t.nodes {
			for rest := t.value(i); len(rest) > 0; {
				var r record
				var err error
				if rest, err = r.decode(rest); err != nil {
					part = true
					break
				}
				reason, err := r.reasonOf(s.reasons)
				if err != nil {
					part = true
					continue
				}
				e := r.entry(class, t.nodes[i].span, reason, true)
				own = append(own, ownEntry(&e))
			}
		}
	}
	return true, part, own
}

// ownChanges are what a Change does to the operator's own entries, in its order.
func (c *Change) ownChanges() (own []ownChange) {
	if c.Source != Operator {
		return nil
	}
	for i := range c.Remove {
		own = append(own, ownOf(&c.Remove[i]))
	}
	for i := range c.Put {
		own = append(own, ownEntry(&c.Put[i]))
	}
	for i := range c.Edits {
		switch e := &c.Edits[i]; {
		case e.Malformed != "":
			// It answers nothing, and the operator's commands make none: the
			// second copy is without them.
		case e.New == nil:
			own = append(own, ownOf(&e.Old.Target))
		default:
			own = append(own, ownEntry(e.New))
		}
	}
	return own
}
