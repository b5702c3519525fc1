package listfile

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Detect returns the format of a list by its name and its head, the first
// octets of it, at least the whole header line. A DIRBS name decides; then
// the header does.
func Detect(name string, head []byte) (Format, error) {
	if n, ok := ParseName(name); ok {
		return n.Format, nil
	}
	line, fault := headerLine(name, head)
	if fault != nil {
		return "", fault
	}
	if len(line) == 0 {
		return "", &FileError{name, 0, "is empty, so its format can't be told; name it with --format", nil}
	}
	names := columnNames(line, separatorOf(line))
	f := byColumns(names)
	if f == "" && slices.Contains(names, "imei") && slices.Contains(names, "imsi") {
		f = byWord(name)
		if f == "" {
			return "", &FileError{name, 1, "pairing and exception lists have the same columns; say which with --format pairing or --format dirbs-exceptions", nil}
		}
	}
	if slices.Equal(names, []string{"imei"}) {
		return "", &FileError{name, 1, "a list of IMEIs alone does not say what is to become of them; if these phones are to be refused, say --format barred", nil}
	}
	if f == "" {
		what := "no header of a known format"
		if isDigit(line[0]) {
			what = "data already, the header is missing"
		}
		return "", &FileError{name, 1, "the first line is " + what + "; with --format FORMAT the message says which header that format has", nil}
	}
	return f, f.Fits(name)
}

// byColumns returns the format that a header belongs to alone, or nothing.
func byColumns(names []string) Format {
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("target"), has("op"), has("status") && !has("reporting_date"):
		return Paperweight
	case has("imei") && has("reporting_date"):
		return Stolen
	case has("imei") && has("block_date") && (has("imsi") || has("amnesty_granted")):
		return DIRBSNotifications
	case has("imei") && has("block_date"):
		return DIRBSBlacklist
	case has("tac") && has("manufacturer"):
		return GSMATAC
	case slices.Equal(names, []string{"tac"}), has("tac") && has("change_type"):
		return BarredTAC
	case has("imei") && has("change_type") && !has("imsi"):
		return Barred
	case has("imei") && has("imsi") && has("change_type"):
		return Pairing
	}
	return ""
}

// byWord looks for the list's name in the file's.
func byWord(name string) Format {
	base := strings.ToLower(path.Base(name))
	pairing, exceptions := strings.Contains(base, "pairing"), strings.Contains(base, "exception")
	switch {
	case pairing && !exceptions:
		return Pairing
	case exceptions && !pairing:
		return DIRBSExceptions
	}
	return ""
}

// Fits refuses a DIRBS format for a file whose name says that it is another:
// a list of phones to unblock, read as a full blacklist, would free every
// stolen phone and block the unblocked ones.
func (f Format) Fits(name string) error {
	l, err := f.Layout()
	if err != nil {
		return err
	}
	n, ok := ParseName(name)
	switch {
	case l.Delta && !ok:
		return &FileError{name, 0, fmt.Sprintf("%s needs the file name that DIRBS gave it: <stamp>_<list>_delta_<base>_<run>_<event>.csv says which run it belongs to and whether it adds or removes", f), nil}
	case ok && n.Format != f && isDIRBS(f):
		return &FileError{name, 0, fmt.Sprintf("is by its name %s, not %s; leave --format out or rename the file", n.Format, f), nil}
	case !ok && isDIRBS(f) && strings.Contains(strings.ToLower(path.Base(name)), "_delta_"):
		return &FileError{name, 0, "looks like a delta, but its name does not say <stamp>_<list>_delta_<base>_<run>_<event>.csv; give it back the name that DIRBS gave it", nil}
	}
	return nil
}

func isDIRBS(f Format) bool { return strings.HasPrefix(string(f), "dirbs-") }

// headerLine returns the first line of a file that is not blank, without a
// byte order mark.
func headerLine(name string, head []byte) ([]byte, error) {
	head = bytes.TrimPrefix(head, byteOrderMark)
	for len(head) > 0 {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if bytes.IndexByte(line, 0) >= 0 {
				return nil, &FileError{name, 1, "is not text", nil}
			}
			return line, nil
		}
		head = rest
	}
	return nil, nil
}

func isDigit(c byte) bool { return c-'0' <= 9 }

var byteOrderMark = []byte("\xef\xbb\xbf")

// separatorOf returns what separates the columns of a header: a comma, or
// where there is none, a semicolon (spreadsheets in many countries), a tab or
// a bar (GSMA).
func separatorOf(header []byte) byte {
	for _, c := range []byte(",;\t|") {
		if bytes.IndexByte(header, c) >= 0 {
			return c
		}
	}
	return ','
}

// columnNames cuts a header into names, in lower case: DIRBS ignores case too.
func columnNames(header []byte, separator byte) []string {
	cut, _ := fields(bytes.Clone(header), separator, nil)
	names := make([]string, len(cut))
	for i, name := range cut {
		names[i] = strings.ToLower(string(bytes.TrimSpace(name)))
	}
	return names
}
