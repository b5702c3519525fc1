package listfile

import (
	"bytes"

	"paperweight/eir"
)

// field returns a column's field, empty where the header has no such column.
func (r *Reader) field(c column) []byte {
	if i := r.at[c]; i >= 0 {
		return r.cut[i]
	}
	return nil
}

// record reads the line in r.cut. It reports what it can't use, and returns
// false where the line has to be left out: a field that decides anything is
// wrong. A date, a reason or a reference decides nothing, so the line counts
// without it.
func (r *Reader) record(rec *Record) bool {
	e := &rec.Entry
	e.Status = r.layout.status
	if !r.operation(rec) || !r.target(&e.Target) {
		return false
	}
	switch r.layout.Format {
	case Paperweight:
		if !r.own(rec) {
			return false
		}
	case Stolen:
		if !r.stolen(rec) {
			return false
		}
	}
	if rec.Op != Put {
		return true
	}
	r.describe(e)
	if err := e.Validate(); err != nil {
		return r.bad(colIgnored, BadEntry, err.Error())
	}
	return true
}

func (r *Reader) operation(rec *Record) bool {
	if r.at[colOp] < 0 {
		return true
	}
	switch op := string(r.field(colOp)); {
	case r.layout.change == "change_type" && (op == "add" || op == "update"),
		r.layout.change == "op" && (op == "put" || op == ""):
		rec.Op = Put
	case op == "remove":
		rec.Op = Remove
	case r.layout.change == "op":
		return r.bad(colOp, BadOp, "put (or nothing) or remove is expected")
	default:
		return r.bad(colOp, BadOp, "add, update or remove is expected")
	}
	return true
}

// target reads what the line names.
func (r *Reader) target(t *eir.Target) bool {
	switch r.layout.Format {
	case Paperweight:
		return r.ownTarget(t)
	case BarredTAC, GSMATAC:
		tac, ok := parseTAC(r.field(colTAC))
		if !ok {
			return r.bad(colTAC, BadTAC, "a TAC has eight decimal digits; a shorter one may have lost its leading zeros")
		}
		t.Kind, t.From, t.To = eir.ByTAC, tac.First(), tac.Last()
		return true
	}
	// The SVN of an IMEISV is no limit: the list names the phone.
	imei, _, form := eir.ParseIMEI(r.field(colIMEI))
	if !form.HasIMEI() {
		return r.bad(colIMEI, imeiReason(form), "an IMEI has 14 to 16 decimal digits, this is "+form.String())
	}
	t.Kind, t.From, t.To = eir.Exact, imei, imei
	switch r.layout.Format {
	case DIRBSExceptions, DIRBSExceptionsDelta, Pairing:
		var ok bool
		if t.IMSI, ok = eir.ParseIMSI(r.field(colIMSI)); !ok {
			return r.bad(colIMSI, BadIMSI, "an IMSI has 6 to 15 decimal digits")
		}
		t.Kind = eir.Pair
	}
	return true
}

// stolen obeys the status of a stolen list: DIRBS blocks where it is empty or
// blacklist, and nowhere else; a recovered or pending phone is not blocked,
// whatever an earlier line says. Any other status may be a misspelt one, and
// must not free a phone.
func (r *Reader) stolen(rec *Record) bool {
	status := r.field(colStatus)
	switch {
	case rec.Op != Put || len(status) == 0 || bytes.EqualFold(status, []byte("blacklist")):
	case bytes.EqualFold(status, []byte("recovered")), bytes.EqualFold(status, []byte("pending")):
		rec.Op = Remove
	default:
		return r.bad(colStatus, BadStatus, "blacklist (or nothing), recovered or pending is expected")
	}
	return true
}

// describe reads what explains an entry and decides nothing.
func (r *Reader) describe(e *eir.Entry) {
	switch r.layout.Format {
	case DIRBSNotifications, DIRBSNotificationsDelta:
		e.Reference = r.notification()
	case GSMATAC:
		// The makers are few; as reasons, a quarter of a million models
		// would all be kept in RAM.
		e.Date = r.date(colDate, gsmaDate, "DD-Mon-YYYY is expected")
		e.Reference = r.text(colReference, eir.MaxReference)
	case Paperweight:
		e.Date = r.date(colDate, ownDates, "YYYY-MM-DD, YYYYMMDD or RFC 3339 is expected")
		e.Reference = r.text(colReference, eir.MaxReference)
	default:
		e.Date = r.date(colDate, compactDate, "YYYYMMDD is expected")
	}
	if e.Reason = r.text(colReason, eir.MaxReason); e.Reason == "" {
		e.Reason = r.layout.reason
	}
}

// notification keeps when the phone is to be blocked. That day is no Date,
// which is when the source listed the entry.
func (r *Reader) notification() string {
	var s string
	if day := r.date(colDate, compactDate, "YYYYMMDD is expected"); day != 0 {
		s = "to be blocked " + string(r.field(colDate))
	}
	if a := r.field(colAmnesty); bytes.EqualFold(a, []byte("true")) || bytes.EqualFold(a, []byte("t")) {
		s += " (amnesty)"
	}
	return s
}

func (r *Reader) date(c column, layouts []string, expected string) int64 {
	b := r.field(c)
	if len(b) == 0 {
		return 0
	}
	at, ok := parseDate(b, layouts)
	if !ok {
		r.warn(c, BadDate, expected)
	}
	return at
}

var textMessages = map[Reason]string{
	Encoding:   "the text is not UTF-8, or has control characters; they were replaced",
	TextLength: "the text is too long and was cut",
}

func (r *Reader) text(c column, max int) string {
	b := r.field(c)
	if len(b) == 0 {
		return ""
	}
	s, reason := r.texts.clean(b, max)
	if reason != "" {
		r.warn(c, reason, textMessages[reason])
	}
	return s
}
