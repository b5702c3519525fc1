package sctp

import (
	"encoding/hex"
	"errors"
	"testing"
)

// However a message comes in pieces, its boundary is found; and every end that
// is not one is refused.
func TestBoundary(t *testing.T) {
	message := make([]byte, 40)
	message[0], message[3] = 1, 40
	for first := range len(message) {
		for second := first; second < len(message); second++ {
			var b boundary
			for i, p := range [][]byte{message[:first], message[first:second], message[second:]} {
				if err := b.add(p, i == 2); err != nil {
					t.Fatalf("cut at %d and %d: %v", first, second, err)
				}
			}
			if err := b.add(append(message, message...), true); err != nil {
				t.Fatalf("two in one after cuts at %d and %d: %v", first, second, err)
			}
		}
		var b boundary
		if err := b.add(message[:first], true); first > 0 && !errors.Is(err, ErrTorn) {
			t.Errorf("the end after %d octets of 40: %v", first, err)
		}
	}
	var b boundary
	if err := b.add(append(message, message[:7]...), true); !errors.Is(err, ErrTorn) {
		t.Errorf("one and a piece: %v", err)
	}
}

// A header that the server refuses is handed to it, and what follows is not
// judged.
func TestBoundaryOfABrokenHeader(t *testing.T) {
	for _, head := range []string{"01000000", "01000013", "00000003"} {
		p, _ := hex.DecodeString(head)
		var b boundary
		if err := b.add(append(p, 1, 2, 3), true); err != nil {
			t.Errorf("%s: %v", head, err)
		}
		if err := b.add([]byte{1}, true); err != nil {
			t.Errorf("after %s: %v", head, err)
		}
	}
}

func TestBoundaryAllocatesNothing(t *testing.T) {
	message := []byte{1, 0, 0, 24, 23: 0}
	var b boundary
	if n := testing.AllocsPerRun(100, func() { b.add(message, true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
