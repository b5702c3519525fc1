package sctp

import (
	"fmt"
	"net/netip"
	"testing"
)

// A path is failed from the word that it is until one that it is not, or is gone.
func TestPaths(t *testing.T) {
	var p paths
	if got := p.list(); got != nil {
		t.Errorf("at first: %v", got)
	}
	for i, c := range []struct {
		address string
		state   PathState
		want    string
	}{
		{"192.0.2.1", Confirmed, "[]"},
		{"192.0.2.1", Suspect, "[192.0.2.1]"},
		{"192.0.2.1", Unreachable, "[192.0.2.1]"},
		{"192.0.2.2", Unreachable, "[192.0.2.1 192.0.2.2]"},
		{"192.0.2.1", MadePrimary, "[192.0.2.1 192.0.2.2]"}, // which says nothing of it
		{"192.0.2.1", Available, "[192.0.2.2]"},
		{"192.0.2.2", Removed, "[]"},
		{"192.0.2.2", Added, "[]"},
		{"192.0.2.2", Suspect, "[192.0.2.2]"},
		{"192.0.2.2", Confirmed, "[]"},
	} {
		p.note(Path{Address: netip.MustParseAddr(c.address), State: c.state})
		if got := fmt.Sprint(p.list()); got != c.want {
			t.Errorf("%d, %s %v: %s, want %s", i, c.address, c.state, got, c.want)
		}
	}
}
