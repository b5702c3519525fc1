package load

import (
	"bufio"
	"fmt"
	"io"
	"strings"
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
// a list in CSV will do, with its heading. Empty lines are passed over; an
// identity of more than 32 characters is an error that names its line.
func ReadIMEIs(r io.Reader) ([]string, error) {
	var imeis []string
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		imei, _, _ := strings.Cut(lines.Text(), ",")
		imei = strings.TrimSpace(imei)
		switch {
		case imei == "" || n == 1 && strings.EqualFold(imei, "imei"):
		case len(imei) > 32:
			return nil, fmt.Errorf("line %d: an identity of %d characters", n, len(imei))
		default:
			imeis = append(imeis, imei)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(imeis) == 0 {
		return nil, fmt.Errorf("no identity in it: one a line is needed")
	}
	return imeis, nil
}
