package store

import "paperweight/eir"

// finder is the memory of one lookup; a pool keeps it, so that none of it is
// allocated for each.
type finder struct {
	decision *eir.Decision
	view     *view
	pinned   bool // the view, with a reader of it
	reader   reader
	source   *source
	match    eir.Match
	key      []byte
}

// Find hands the decision every entry that could cover its query. Where no
// filter knows the IMEI it is answered from RAM; else from one read of Pebble
// for each source whose filter says yes. An exception by IMSI alone says
// nothing of a query without one, and is not handed over for it.
//
// It waits for nobody. It begins again where a change came into force between
// its first two steps, before anything was handed over.
func (s *Store) Find(d *eir.Decision) error {
	f := s.finders.Get().(*finder)
	f.decision = d
	err := s.enter(f)
	if err == nil {
		err = f.findAll()
	}
	if f.pinned {
		f.view.release(f.reader, s.epoch.Load())
	}
	if err != nil {
		err = s.unread(f, err)
	} else if f.pinned {
		if r := s.readFailure.Load(); r != nil && r.over(f.decision.Query()) {
			s.readFailure.Store(nil)
		}
	}
	// What a Verdict holds of a source must not be kept alive here.
	*f = finder{key: f.key}
	s.finders.Put(f)
	return err
}

// enter takes the view in force, and pins it where Pebble will be asked.
func (s *Store) enter(f *finder) error {
	q := f.decision.Query()
	for {
		f.view = s.view.Load()
		switch {
		case f.view == nil:
			return s.closedError()
		case f.view.short != nil:
			return f.view.short // what it lost could decide anything
		}
		if !q.Form.HasIMEI() || !f.view.asksPebble(q.IMEI) {
			return nil
		}
		if !f.view.pin() {
			continue
		}
		var err error
		if f.reader, err = f.view.reader(s.epoch.Load()); err != nil {
			f.view.unpin()
			return err
		}
		f.pinned = true
		return nil
	}
}

func (v *view) asksPebble(i eir.IMEI) bool {
	for _, src := range v.sources {
		if src.filter.contains(i) {
			return true
		}
	}
	return false
}

func (f *finder) findAll() error {
	for _, src := range f.view.sources {
		f.source, f.match.Source = src, &src.Source
		if err := f.findIn(src); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) findIn(src *source) error {
	q := f.decision.Query()
	if q.IMSI != 0 {
		if err := f.covering(src.subscribers, classSubscriber, uint64(q.IMSI)); err != nil {
			return err
		}
	}
	if !q.Form.HasIMEI() {
		return nil
	}
	// A filter may say yes here that said no in enter: then a change that this
	// view does not have is about to list the IMEI.
	if f.pinned && src.filter.contains(q.IMEI) {
		if err := f.read(q.IMEI); err != nil {
			return err
		}
	}
	if src.equipment != nil {
		if err := f.covering(src.equipment, classEquipment, uint64(q.IMEI)); err != nil {
			return err
		}
	}
	return f.covering(src.ranges, classRange, uint64(q.IMEI))
}

func (f *finder) covering(t *intervals, class byte, x uint64) error {
	return t.covering(x, func(s span, value []byte) error { return f.consider(class, s, value) })
}

// read asks Pebble what the source says of the IMEI.
func (f *finder) read(i eir.IMEI) error {
	if err := f.source.damage.at(f.decision.Query()); err != nil {
		return err
	}
	f.key = append(append(f.key[:0], f.source.prefix...), classEquipment)
	f.key = appendIMEI(f.key, i)
	value, err := f.reader.get(f.key)
	if err != nil {
		return err
	}
	return f.consider(classEquipment, span{uint64(i), uint64(i)}, value)
}

// consider hands over what stands at one place. Of a thousand pairs of one
// IMEI it hands over the query's, unless the whole chain is asked for; without
// an IMSI in the query, until one of them could have decided.
func (f *finder) consider(class byte, s span, value []byte) error {
	q, m := f.decision.Query(), &f.match
	whole, pairless := f.decision.WholeChain(), false
	for len(value) > 0 {
		var r record
		var err error
		if value, err = r.decode(value); err != nil {
			return err
		}
		if r.kind == eir.Pair && !whole {
			if q.IMSI != 0 && r.imsi != q.IMSI || pairless {
				continue
			}
			pairless = q.IMSI == 0 && r.svns.Covers(q.SVN) && (r.until == 0 || q.At < r.until)
		}
		var reason string
		if whole || r.reason != inline { // to copy a text allocates
			if reason, err = r.reasonOf(f.source.reasons); err != nil {
				return err
			}
		}
		m.Entry = r.entry(class, s, reason, whole)
		f.decision.Consider(m)
	}
	return nil
}
