package load

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DefaultIMEIs are 100,000 identities of a test TAC (reporting body 00), for
// runs that were given none. Neighbours differ in their first serial digit.
func DefaultIMEIs() []string {
	imeis := make([]string, 100_000)
	for i := range imeis {
		imeis[i] = fmt.Sprintf("00100100%06d", i*611_953%1_000_000)
	}
	return imeis
}

// ReadIMEIs reads one identity a line: what stands before the first comma, so
// a list in CSV will do, with its heading. Empty lines are passed over. What is
// asked about may be no IMEI at all, but it is text of at most 32 characters:
// anything else is an error that names its line.
func ReadIMEIs(r io.Reader) ([]string, error) {
	var imeis []string
	lines := bufio.NewScanner(r)
	n := 1
	for ; lines.Scan(); n++ {
		imei, _, _ := strings.Cut(lines.Text(), ",")
		if n == 1 {
			imei = strings.TrimPrefix(imei, "\ufeff") // a spreadsheet's
		}
		imei = strings.TrimSpace(imei)
		switch {
		case imei == "" || n == 1 && strings.EqualFold(imei, "imei"):
		case !utf8.ValidString(imei) || strings.ContainsFunc(imei, unicode.IsControl):
			return nil, fmt.Errorf("line %d: %q is no text: one identity a line is needed", n, imei[:min(len(imei), 32)])
		case len(imei) > 32:
			return nil, fmt.Errorf("line %d: an identity of %d characters", n, len(imei))
		default:
			imeis = append(imeis, imei)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n, err)
	}
	if len(imeis) == 0 {
		return nil, fmt.Errorf("no identity in it: one a line is needed")
	}
	return imeis, nil
}
