package store

import (
	"errors"
	"testing"
)

// A file that would take the reserve is refused before it is written.
func TestRoomFor(t *testing.T) {
	dir := t.TempDir()
	if err := RoomFor(dir, 1); err != nil {
		t.Errorf("an octet: %v", err)
	}
	var fault *Error
	if err := RoomFor(dir, 1<<60); !errors.Is(err, ErrDiskFull) || !errors.As(err, &fault) || fault.Path != dir {
		t.Errorf("an exbibyte: %v", err)
	}
}
