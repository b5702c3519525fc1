package feed

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// chatter is a mirror that says without end, or over and over, that something
// was published.
type chatter struct{ ends bool }

func (c chatter) RoundTrip(*http.Request) (*http.Response, error) {
	var body io.Reader = c
	if c.ends {
		body = strings.NewReader("data: 1\n")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(body),
	}, nil
}

func (chatter) Read(b []byte) (int, error) { return copy(b, "data: 1\n"), nil }

// What mirrors say is not signed: one that says for ever that something was
// published has nodes ask all mirrors, again and again.
func TestChatter(t *testing.T) {
	const poll = 30 * time.Second
	// wakings of half an hour, in which the feed is published so often
	wakings := func(c chatter, published time.Duration) (n int) {
		synctest.Test(t, func(t *testing.T) {
			f := &Follower{config: Config{Mirrors: []string{"http://mirror"}, Transport: c, Poll: poll}, wake: make(chan struct{}, 1)}
			f.seen.Store(&seen{Status: Status{Version: 1}})
			ctx, stop := context.WithTimeout(t.Context(), 30*time.Minute)
			defer stop()
			var others sync.WaitGroup
			others.Go(func() { f.Listen(ctx) })
			if published > 0 {
				others.Go(func() {
					for v := int64(2); ctx.Err() == nil; v++ {
						time.Sleep(published)
						f.seen.Store(&seen{Status: Status{Version: v}})
					}
				})
			}
			for ctx.Err() == nil {
				select {
				case <-f.wake:
					n++
				case <-ctx.Done():
				}
			}
			others.Wait()
		})
		return n
	}
	// 0.1 s, twice as long each time up to 30 s: nine of them, and 58 more.
	if n := wakings(chatter{}, 0); n < 30 || n > 80 {
		t.Errorf("woken %d times in half an hour for nothing", n)
	}
	if n := wakings(chatter{ends: true}, 0); n < 30 || n > 80 {
		t.Errorf("woken %d times in half an hour, by as many connections", n)
	}
	// Where it speaks the truth it is believed at once.
	if n := wakings(chatter{}, 50*time.Millisecond); n < 30*60*9 {
		t.Errorf("woken %d times in half an hour of publications", n)
	}
}
