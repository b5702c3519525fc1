package sctp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Messages are kept apart; what is none goes in one piece.
func TestParcel(t *testing.T) {
	message := make([]byte, 24)
	message[0], message[3] = 1, 24
	two := append(message[:24:24], message...)
	short := append([]byte{1, 0, 0, 19}, make([]byte, 40)...)
	for _, c := range []struct {
		b    []byte
		want int
	}{
		{message, 24}, {two, 24}, {two[:30], 24}, {message[:23], 23}, {message[:3], 3}, {short, 44}, {nil, 0},
	} {
		if got := new(conn).Parcel(c.b); got != c.want {
			t.Errorf("%x: %d, want %d", c.b, got, c.want)
		}
	}
}

// Nobody listens there, or the kernel has no SCTP: either is said.
func TestDialFails(t *testing.T) {
	_, err := Dial(context.Background(), "127.0.0.1:1")
	if err == nil || !errors.Is(err, unix.ECONNREFUSED) && !strings.Contains(err.Error(), "modprobe sctp") {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"127.0.0.1", "127.0.0.1:diameter", ":x"} {
		if _, err := Dial(context.Background(), address); err == nil {
			t.Errorf("%s was called", address)
		}
	}
}
