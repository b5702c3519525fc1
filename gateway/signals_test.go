package main

import (
	"errors"
	"syscall"
	"testing"
	"time"
)

// What a wrapper sends twice is one signal; what a person sends again is another.
func TestSecondSignal(t *testing.T) {
	for after, want := range map[time.Duration]bool{0: false, twice - 1: false, twice: true, time.Minute: true} {
		if got := again(after); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
}

// Work that hangs, a store that opens or a file that is read again, ends at the
// second signal.
func TestInsisted(t *testing.T) {
	insisted := make(chan syscall.Signal, 1)
	insisted <- syscall.SIGTERM
	hangs := make(chan struct{})
	defer close(hangs)
	err := (&orders{insisted: insisted}).obey(func() error { <-hangs; return nil })
	var status *statusError
	if !errors.As(err, &status) || status.code != 143 {
		t.Errorf("%v", err)
	}
}
