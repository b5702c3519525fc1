package feed

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// passed is how long it takes to pass n times 256 entries, each of which costs
// work.
func passed(t *testing.T, p *pacer, n int, work time.Duration) time.Duration {
	t.Helper()
	begin := time.Now()
	for range n {
		time.Sleep(work)
		if err := p.pace(256); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(begin)
}

func TestPacer(t *testing.T) {
	for _, c := range []struct {
		name     string
		p        pacer
		work     time.Duration
		from, to time.Duration
	}{
		{"hurries", pacer{}, 100 * time.Microsecond, 100 * time.Millisecond, 100 * time.Millisecond},
		{"rests as long as it works", pacer{rests: true}, 100 * time.Microsecond, 195 * time.Millisecond, 200 * time.Millisecond},
		{"but not for having waited", pacer{rests: true}, time.Second, 1001 * time.Second, 1002 * time.Second},
		{"keeps to a rate", pacer{rate: 256_000}, 100 * time.Microsecond, 999 * time.Millisecond, 1001 * time.Millisecond},
		{"and rests as well", pacer{rate: 1e9, rests: true}, 100 * time.Microsecond, 195 * time.Millisecond, 200 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.p.ctx = t.Context()
				if got := passed(t, &c.p, 1000, c.work); got < c.from || got > c.to {
					t.Errorf("took %v, want %v to %v", got, c.from, c.to)
				}
			})
		})
	}
}

// Who waits is woken by the end of the context.
func TestPacerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p := pacer{ctx: ctx, rate: 1}
		if err := p.pace(256); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
		if err := p.pace(0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("again: got %v, want the context's end", err)
		}
	})
}
