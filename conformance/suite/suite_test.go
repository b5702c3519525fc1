package suite

import (
	"regexp"
	"strings"
	"testing"
)

var idForm = regexp.MustCompile(`^(rfc6733|rfc3539|rfc7683|rfc7944|ts29272)/[0-9]+(\.[0-9]+)*/[a-z0-9-]+$`)

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	all := Cases()
	for _, c := range all {
		if !idForm.MatchString(c.ID) {
			t.Errorf("%s: an ID is document/clause/name", c.ID)
		}
		if seen[c.ID] {
			t.Errorf("%s stands twice", c.ID)
		}
		seen[c.ID] = true
		if !strings.HasSuffix(c.Text, ".") || len(c.Text) < 20 || strings.Contains(c.Text, "\n") {
			t.Errorf("%s: the requirement is no sentence: %q", c.ID, c.Text)
		}
		if c.Run == nil {
			t.Errorf("%s does nothing", c.ID)
		}
	}
	if len(all) < 120 {
		t.Errorf("%d cases; the suite has at least 120", len(all))
	}
}

// TS 23.003 annex B's way, with a vector of its own.
func TestCheckDigit(t *testing.T) {
	if d := checkDigit("26053179311383"); d != '7' {
		t.Errorf("check digit %c, want 7", d)
	}
}
