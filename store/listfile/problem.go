package listfile

import (
	"fmt"

	"paperweight/eir"
)

// Severity says what became of the line.
type Severity string

const (
	// Error: the line was left out.
	Error Severity = "error"
	// Warning: the line counts, without the field that is wrong.
	Warning Severity = "warning"
)

// Reason is the class of a Problem: a closed vocabulary, for programs.
type Reason string

// The classes. A malformed IMEI is "imei-" and the name of its eir.Form.
const (
	FieldCount  Reason = "field-count"   // more or fewer fields than the header
	LineLength  Reason = "line-too-long" // over Limits.LineBytes
	Quoting     Reason = "quoting"       // a quote without its end
	Encoding    Reason = "encoding"      // not UTF-8, or control characters
	TextLength  Reason = "text-too-long" // over eir.MaxReason, eir.MaxReference
	BadIMEI     Reason = "imei"          // prefix of the classes of eir.Form
	BadTAC      Reason = "tac"           // not eight digits
	BadIMSI     Reason = "imsi"          // not 6 to 15 digits, or no prefix
	BadTarget   Reason = "target"        // names no equipment, or two
	BadStatus   Reason = "status"        // outside the format's vocabulary
	BadSVN      Reason = "svn"           // not two digits each
	BadDate     Reason = "date"          // not a date of the format
	BadOp       Reason = "op"            // outside the format's vocabulary
	BadEntry    Reason = "entry"         // the fields contradict each other
	maxValueLen        = 64
)

// Problem is a line, or a field of one, that could not be used. It is an
// error whose text is fit for a log; as JSON it is the operator's own report
// on the operator's own file, where the value stands unmasked.
type Problem struct {
	// File is the file's name; a file in an archive is "ARCHIVE:NAME".
	File string `json:"file"`
	// Line counts from 1, the header included.
	Line int `json:"line"`
	// Column counts the line's fields from 1; 0 is the line as a whole.
	Column int `json:"column,omitempty"`
	// Field is the column's name in the header.
	Field string `json:"field,omitempty"`
	// Value is what stood there, cut to 64 octets.
	Value    string   `json:"value,omitempty"`
	Severity Severity `json:"severity"`
	Reason   Reason   `json:"reason"`
	// Message says what is wrong and what would be right.
	Message string `json:"message"`
}

// Error leaves the value out: it may be an identity.
func (p *Problem) Error() string {
	where := fmt.Sprintf("%s:%d", p.File, p.Line)
	if p.Column > 0 {
		where += fmt.Sprintf(": field %d", p.Column)
	}
	if p.Field != "" {
		where += " (" + p.Field + ")"
	}
	return where + ": " + p.Message
}

// imeiReason is the class of a malformed IMEI.
func imeiReason(f eir.Form) Reason { return BadIMEI + "-" + Reason(f.String()) }
