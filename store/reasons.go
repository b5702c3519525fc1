package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// maxReasons bounds the distinct reasons of a source that have a number: with
// eir.MaxReason they are the memory that a list of nothing but unlike reasons
// can take. A reason beyond them stands in the records of its entries.
const maxReasons = 1 << 18

// inline, in the place of a number, says that a reason has none.
const inline = math.MaxUint32

// reasonTable numbers the distinct reasons of a list, and counts the records
// that name each. Views share its texts: what stands under a number that a
// view can see is never changed.
type reasonTable struct {
	texts []string
	uses  []int64
	ids   map[string]uint32 // of the reasons that are used
	free  []uint32          // the numbers of the others
}

func newReasonTable() *reasonTable { return &reasonTable{ids: map[string]uint32{}} }

// load takes the next key of a list's reasons, in their order.
func (t *reasonTable) load(key, value []byte) error {
	id, uses, text, err := parseReason(key, value)
	if err != nil {
		return err
	}
	for free := uint32(len(t.texts)); free < id; free++ {
		t.texts, t.uses, t.free = append(t.texts, ""), append(t.uses, 0), append(t.free, free)
	}
	t.texts, t.uses = append(t.texts, text), append(t.uses, uses)
	t.ids[text] = id
	return nil
}

// parseReason reads a reason's key, behind the prefix, and its value.
func parseReason(key, value []byte) (id uint32, uses int64, text string, err error) {
	if id, err = parseReasonKey(key); err != nil {
		return 0, 0, "", err
	}
	u, n := binary.Uvarint(value)
	if n <= 0 || u == 0 || u > math.MaxInt64 {
		return 0, 0, "", fmt.Errorf("%w: reason %d", errRecord, id)
	}
	return id, int64(u), string(value[n:]), nil
}

// tally counts, by the number of a reason, how many more records name it.
type tally map[uint32]int64

func (t tally) add(id uint32, n int64) {
	if id != inline {
		t[id] += n
	}
}

// reasonChange is what a change makes of a table, which stays as it is until
// keep.
type reasonChange struct {
	table  *reasonTable
	limit  int               // of numbers
	texts  []string          // the table's after the change
	fresh  map[string]uint32 // the reasons that are new
	reused int               // how many of table.free they have taken
	uses   tally
}

func (t *reasonTable) change(limit int) *reasonChange {
	return &reasonChange{table: t, limit: limit, texts: t.texts, fresh: map[string]uint32{}, uses: tally{}}
}

// number returns the number of a reason, a new one where it is new, and inline
// where none is left.
func (c *reasonChange) number(text string) uint32 {
	if id, ok := c.table.ids[text]; ok {
		return id
	}
	if id, ok := c.fresh[text]; ok {
		return id
	}
	var id uint32
	switch {
	case len(c.texts) < c.limit:
		id = uint32(len(c.texts))
		c.texts = append(c.texts, text) // behind what any view can see
	case c.reused < len(c.table.free):
		if c.reused == 0 {
			c.texts = slices.Clone(c.texts)
		}
		c.reused++
		id = c.table.free[len(c.table.free)-c.reused]
		c.texts[id] = text
	default:
		return inline
	}
	c.fresh[text] = id
	return id
}

// write sets the keys of the reasons that more or fewer records name, in order;
// the value is empty where none does any more. It returns what that adds to the
// digest of the list.
func (c *reasonChange) write(prefix []byte, set func(key, value []byte) error) (sum digest, err error) {
	var key, value []byte
	for _, id := range slices.Sorted(maps.Keys(c.uses)) {
		n := c.uses[id]
		if n == 0 {
			continue
		}
		key = appendReasonKey(append(key[:0], prefix...), id)
		if int(id) < len(c.table.uses) && c.table.uses[id] > 0 {
			value = appendReason(value[:0], c.table.uses[id], c.table.texts[id])
			sum -= sumOf(key[len(prefix):], value)
			n += c.table.uses[id]
		}
		value = value[:0]
		switch {
		case n < 0:
			return 0, fmt.Errorf("%w: more records name reason %d than are counted", errRecord, id)
		case n > 0:
			value = appendReason(value, n, c.texts[id])
		}
		sum += sumOf(key[len(prefix):], value)
		if err := set(key, value); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// keep brings the table to where the change is in force, and returns it. The
// number of a reason that no record names any more is free from then on.
func (c *reasonChange) keep() *reasonTable {
	t := c.table
	t.texts = c.texts
	t.uses = append(t.uses, make([]int64, len(t.texts)-len(t.uses))...)
	t.free = t.free[:len(t.free)-c.reused]
	for text, id := range c.fresh {
		t.ids[text] = id
	}
	for id, n := range c.uses {
		t.uses[id] += n
		if n < 0 && t.uses[id] == 0 {
			t.release(id)
		}
	}
	for _, id := range c.fresh {
		if t.uses[id] == 0 {
			t.release(id) // it came and went within the change
		}
	}
	return t
}

func (t *reasonTable) release(id uint32) {
	delete(t.ids, t.texts[id])
	t.free = append(t.free, id)
}
