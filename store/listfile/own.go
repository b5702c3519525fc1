package listfile

import (
	"errors"

	"paperweight/eir"
)

// ownHeader refuses a header of our format that can name no equipment.
func (r *Reader) ownHeader() error {
	if (r.at[colFrom] < 0) != (r.at[colTo] < 0) {
		return r.fault(`the header needs both "from" and "to", or neither`)
	}
	if r.at[colStatus] < 0 && r.at[colOp] < 0 {
		return r.fault(`the header has no column "status"; it is needed, except where "op" only removes`)
	}
	for _, c := range []column{colTarget, colIMEI, colTAC, colFrom, colIMSI} {
		if r.at[c] >= 0 {
			return nil
		}
	}
	return r.fault(`the header names no equipment; it needs "target", "imei", "tac", "from" and "to", or "imsi"`)
}

// ownTarget reads the equipment from the one column that names it.
func (r *Reader) ownTarget(t *eir.Target) (ok bool) {
	var equipment []byte
	at := colTarget
	for _, c := range []column{colTarget, colIMEI, colTAC, colFrom} {
		b := r.field(c)
		if len(b) == 0 {
			continue
		}
		if equipment != nil {
			return r.bad(c, BadTarget, "the line names equipment in two columns; leave one of them empty")
		}
		equipment, at = b, c
	}
	switch at {
	case colIMEI:
		if _, _, form := eir.ParseIMEI(equipment); !form.HasIMEI() {
			return r.bad(at, imeiReason(form), "an IMEI has 14 to 16 decimal digits, this is "+form.String())
		}
	case colTAC:
		if _, ok := parseTAC(equipment); !ok {
			return r.bad(at, BadTAC, "a TAC has eight decimal digits; a shorter one may have lost its leading zeros")
		}
	case colFrom:
		equipment = append(append(append([]byte(nil), equipment...), '-'), r.field(colTo)...)
	}
	if at != colFrom && len(r.field(colTo)) > 0 {
		return r.bad(colTo, BadTarget, "the range has an end and no beginning")
	}
	var err error
	if *t, err = parseTarget(equipment, r.field(colIMSI)); err != nil {
		reason := BadTarget
		if errors.Is(err, errIMSI) || errors.Is(err, errRange) {
			at, reason = colIMSI, BadIMSI
		}
		return r.bad(at, reason, err.Error())
	}
	if svn := r.field(colSVN); len(svn) > 0 {
		if t.SVNs, ok = parseSVNs(svn); !ok {
			return r.bad(colSVN, BadSVN, "two digits each are expected, separated by blanks")
		}
	}
	return true
}

// own reads what decides, in our format. A wrong end is an error and no
// warning: without it the entry would hold forever.
func (r *Reader) own(rec *Record) bool {
	e := &rec.Entry
	if rec.Op != Put {
		return true
	}
	if err := e.Status.UnmarshalText(r.field(colStatus)); err != nil || !e.Status.Listable() {
		return r.bad(colStatus, BadStatus, "permitted, tracked or prohibited is expected")
	}
	if until := r.field(colUntil); len(until) > 0 {
		var ok bool
		if e.Until, ok = parseDate(until, ownDates); !ok || e.Until == 0 {
			return r.bad(colUntil, BadDate, "YYYY-MM-DD, YYYYMMDD or RFC 3339 is expected")
		}
	}
	return true
}
