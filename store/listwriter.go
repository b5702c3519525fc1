package store

import "bytes"

// listWriter turns the sorted entries of a Replacement into the values of its
// places, and these into tables, an index and the counts.
type listWriter struct {
	replacement *Replacement
	tables      tableWriter
	index       *indexBuilder
	uses        []int64 // of each reason, by number

	key    []byte // of the value under way, prefix included
	value  []byte
	last   []byte // the entry under way: place, identity, payload
	lastID int    // how much of last is place and identity
	done   uint64
	digest digest
	// what is being done, to how many; 0 is not known.
	what  string
	total uint64
}

func (r *Replacement) newListWriter(what string) *listWriter {
	return &listWriter{
		replacement: r, what: what,
		tables: tableWriter{store: r.store, dir: r.dir},
		index:  newIndexBuilder(r.source),
		key:    r.generation.prefix(),
	}
}

// end writes what follows the last entry, or after an error lets go.
func (w *listWriter) end(err error) error {
	if err == nil {
		err = w.endEntry()
	}
	if err == nil {
		err = w.endPlace()
	}
	if err == nil {
		reasons := w.replacement.reasons
		for id, n := range w.uses {
			reasons.uses[uint32(id)] = n
		}
		_, err = reasons.write(w.key[:prefixLen], w.set)
	}
	// A table under way is closed in any case.
	if e := w.tables.finish(); err == nil {
		err = e
	}
	return err
}

// entry takes the next one in order. Of entries with one Target, which follow
// each other in the order in which they were added, the last one counts.
func (w *listWriter) entry(data []byte, id int) error {
	w.done++
	w.replacement.store.progress(w.what, w.replacement.source, w.done, w.total)
	if pace := w.replacement.pace; pace != nil && w.done%paceEvery == 0 {
		if err := pace(paceEvery); err != nil {
			return paced{err}
		}
	}
	if bytes.Equal(w.last[:w.lastID], data[:id]) {
		w.replacement.duplicates++
	} else {
		if err := w.endEntry(); err != nil {
			return err
		}
	}
	w.last, w.lastID = append(w.last[:0], data...), id
	return nil
}

// endEntry appends the entry under way to the value of its place, unless it is
// a removal, which has no status.
func (w *listWriter) endEntry() error {
	if len(w.last) == 0 || w.last[w.lastID]&whatStatus == 0 {
		return nil
	}
	n := placeLen(w.last[:w.lastID])
	place, rest := w.last[:n], w.last[n:]
	var r record
	if _, err := r.decode(rest); err != nil {
		return err
	}
	_, at, err := parsePlace(place)
	if err != nil {
		return err
	}
	w.replacement.state.count(r.status, r.kind, at.to-at.from, 1)
	w.use(r.reason)
	if !bytes.Equal(w.key[prefixLen:], place) {
		if err := w.endPlace(); err != nil {
			return err
		}
		w.key = append(w.key[:prefixLen], place...)
	}
	w.value = append(w.value, rest...)
	return nil
}

// use counts a record's reason.
func (w *listWriter) use(id uint32) {
	if id == inline {
		return
	}
	if more := int(id) + 1 - len(w.uses); more > 0 {
		w.uses = append(w.uses, make([]int64, more)...)
	}
	w.uses[id]++
}

func (w *listWriter) endPlace() error {
	if len(w.value) == 0 {
		return nil
	}
	if err := w.index.add(w.key[prefixLen:], w.value); err != nil {
		return err
	}
	err := w.set(w.key, w.value)
	w.value = w.value[:0]
	return err
}

// set writes a key of the generation.
func (w *listWriter) set(key, value []byte) error {
	w.digest += sumOf(key[prefixLen:], value)
	return w.tables.set(key, value)
}
