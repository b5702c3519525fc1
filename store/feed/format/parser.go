package format

import "paperweight/eir"

// parser reads the columns of one block. The reasons that it learnt stay for
// the blocks that follow.
type parser struct {
	class class
	left  int // records
	first bool
	place uint64
	col   [numColumns]column
	// moments are the first ones of colDate and colUntil.
	moments [numColumns]moment
	text    string // the column of texts: entries share its memory

	reasons []string
	octets  int
}

type moment struct {
	first int64
	known bool
}

// open begins a block whose columns were put in place; their octets must stay
// until it is read.
func (p *parser) open(h *blockHead) error {
	p.class, p.left, p.first, p.place = h.class, int(h.records), true, 0
	p.moments = [numColumns]moment{}
	p.text = string(p.col[colText].b)
	return p.learn()
}

// learn reads the new reasons.
func (p *parser) learn() error {
	c := &p.col[colReasons]
	for len(c.b) > 0 {
		n := c.uvarint()
		if c.short || n > uint64(len(c.b)) || n > eir.MaxReason {
			return fault(ErrCorrupt, "a reason is cut short or too long")
		}
		p.octets += int(n)
		if len(p.reasons) == MaxReasons || p.octets > MaxReasonOctets {
			return fault(ErrOversized, "more than %d reasons or %d octets of them", MaxReasons, MaxReasonOctets)
		}
		p.reasons = append(p.reasons, string(c.b[:n]))
		c.b = c.b[n:]
	}
	return nil
}

// next reads a record; fresh says that it stands behind the one before by its
// place alone. What it returns is complete, but not checked.
func (p *parser) next(c *Change) (fresh bool, err error) {
	head := p.col[colHead].octet()
	var e Entry
	e.Kind = eir.Kind(head & headKind)
	if int(e.Kind) >= len(classes) || classes[e.Kind] != p.class || head&^(headKind|headLimited|headOld|headNew) != 0 ||
		head&(headOld|headNew) == 0 {
		return false, fault(ErrCorrupt, "a record begins with %02x in a block of class %d", head, p.class)
	}
	if fresh, err = p.key(&e, head&headLimited != 0); err != nil {
		return false, err
	}
	*c = Change{}
	if head&headOld != 0 {
		c.Old.Target, c.Old.Malformed = e.Target, e.Malformed
		if err := p.value(&c.Old); err != nil {
			return false, err
		}
	}
	if head&headNew != 0 {
		c.New.Target, c.New.Malformed = e.Target, e.Malformed
		if err := p.value(&c.New); err != nil {
			return false, err
		}
	}
	switch head & (headOld | headNew) {
	case headNew:
		c.Op = Added
	case headOld:
		c.Op = Removed
	default:
		c.Op = Changed
	}
	p.left--
	return fresh, p.short()
}

// key reads what the entry names.
func (p *parser) key(e *Entry, limited bool) (fresh bool, err error) {
	gap := p.col[colPlace].uvarint()
	if p.class == classMalformed {
		if e.Malformed, err = p.take(gap); err != nil || e.Malformed == "" {
			return false, fault(ErrCorrupt, "a malformed identity of %d octets", gap)
		}
	} else {
		place := p.place + gap
		if place < gap {
			return false, fault(ErrUnsorted, "a gap of %d steps back", gap)
		}
		fresh = gap > 0 && !p.first
		p.place, p.first = place, false
		switch p.class {
		case classEquipment:
			e.From, e.To = eir.IMEI(place), eir.IMEI(place)
		case classRange:
			width := p.col[colWidth].uvarint()
			e.From, e.To = eir.IMEI(place), eir.IMEI(place+width)
		case classSubscriber:
			e.IMSI = eir.IMSI(place)
		}
	}
	if hasIMSI(e.Kind) {
		e.IMSI = eir.IMSI(p.col[colIMSI].word())
	}
	if limited {
		e.SVNs = eir.SVNSet{p.col[colSVNs].word(), p.col[colSVNs].word()}
		if e.SVNs.Any() {
			return false, fault(ErrCorrupt, "a limit to no software version")
		}
	}
	return fresh, nil
}

// value reads what is said of the entry.
func (p *parser) value(e *Entry) error {
	w := p.col[colWhat].octet()
	if w&^(whatStatus|whatDate|whatUntil|whatReference) != 0 {
		return fault(ErrCorrupt, "a value begins with %02x", w)
	}
	e.Status = eir.Status(w & whatStatus)
	reason := p.col[colReason].uvarint()
	if reason >= uint64(len(p.reasons)) {
		return fault(ErrCorrupt, "reason %d of %d", reason, len(p.reasons))
	}
	e.Reason = p.reasons[reason]
	var ok bool
	if w&whatDate != 0 {
		if e.Date, ok = p.moment(colDate); !ok {
			return fault(ErrCorrupt, "a date that should be none, or days")
		}
	}
	if w&whatUntil != 0 {
		if e.Until, ok = p.moment(colUntil); !ok {
			return fault(ErrCorrupt, "an end that should be none, or days")
		}
	}
	if w&whatReference != 0 {
		var err error
		n := p.col[colReference].uvarint()
		if e.Reference, err = p.take(n); err != nil || n == 0 {
			return fault(ErrCorrupt, "a reference of %d octets", n)
		}
	}
	return nil
}

// moment reads a date; false is one that no writer writes.
func (p *parser) moment(column int) (int64, bool) {
	v := unfold(p.col[column].uvarint())
	if m := &p.moments[column]; m.known {
		v += m.first
	} else {
		*m = moment{v, true}
	}
	return unpackMoment(v)
}

// take cuts n octets off the texts.
func (p *parser) take(n uint64) (string, error) {
	if n > uint64(len(p.text)) {
		return "", fault(ErrCorrupt, "the texts are cut short")
	}
	s := p.text[:n]
	p.text = p.text[n:]
	return s, nil
}

// short reports whether a column ended too early.
func (p *parser) short() error {
	for i := range p.col {
		if p.col[i].short {
			return fault(ErrCorrupt, "column %d is cut short", i)
		}
	}
	return nil
}

// finish reports what is left over in the columns of a block.
func (p *parser) finish() error {
	for i := range p.col {
		if i != colText && len(p.col[i].b) > 0 {
			return fault(ErrCorrupt, "%d octets left in column %d", len(p.col[i].b), i)
		}
	}
	if p.text != "" {
		return fault(ErrCorrupt, "%d octets left of the texts", len(p.text))
	}
	return nil
}
