package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// What a wrapper sends twice is one signal; what a person sends again is another.
func TestSecondSignal(t *testing.T) {
	for _, c := range []struct {
		signal os.Signal
		after  time.Duration
		want   bool
	}{
		{syscall.SIGTERM, 0, false},
		{syscall.SIGINT, twice - 1, false},
		{syscall.SIGINT, twice, true},
		{syscall.SIGTERM, time.Minute, true},
		{syscall.SIGHUP, time.Minute, false},
	} {
		if got := second(c.signal, c.after); got != c.want {
			t.Errorf("%v after %v: %v", c.signal, c.after, got)
		}
	}
}
