package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
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
		body = strings.NewReader("data: 999999\n")
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: io.NopCloser(body),
	}, nil
}

func (chatter) Read(b []byte) (int, error) { return copy(b, "data: 999999\n"), nil }

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

// flaky is a mirror that is away for some time, and whose streams are cut off
// when it goes. It says what it is told to say.
type flaky struct {
	mu     sync.Mutex // guards stream
	away   atomic.Bool
	opened chan time.Time
	stream *io.PipeWriter
}

func (f *flaky) RoundTrip(*http.Request) (*http.Response, error) {
	if f.away.Load() {
		return nil, errors.New("connection refused")
	}
	body, w := io.Pipe()
	f.mu.Lock()
	f.stream = w
	f.mu.Unlock()
	f.opened <- time.Now()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
}

func (f *flaky) cut() {
	f.away.Store(true)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stream.Close()
}

// says is a publication, as the mirror tells it, to whoever listens.
func (f *flaky) says(version int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	go fmt.Fprintf(f.stream, "data: %d\n", version)
}

// listener is a node that has no store and listens to a flaky mirror.
func listener(t *testing.T) (*Follower, *flaky) {
	m := &flaky{opened: make(chan time.Time, 99)}
	f := &Follower{config: Config{Mirrors: []string{"http://mirror"}, Transport: m, Poll: 30 * time.Second}, wake: make(chan struct{}, 1)}
	f.finds(1, nil)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { f.Listen(ctx); close(done) }()
	t.Cleanup(func() { stop(); m.cut(); <-done })
	<-m.opened
	return f, m
}

// finds is the end of a poll.
func (f *Follower) finds(version int64, err error) {
	f.seen.Store(&seen{Status: Status{Version: version, Err: err}})
	if err == nil {
		f.polled.beat()
	}
}

// woken says whether the node is to poll now, and lets time pass until nothing
// goes on.
func (f *Follower) woken() bool {
	synctest.Wait()
	select {
	case <-f.wake:
		return true
	default:
		return false
	}
}

// After an outage, however long it was, the node listens again from its first
// poll on that succeeds, and what is published then is told at once.
func TestTheFirstSuccessResetsThePace(t *testing.T) {
	for _, outage := range []time.Duration{time.Second, time.Minute, 11 * time.Minute, 5 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			f, m := listener(t)
			m.cut()
			for begin := time.Now(); time.Since(begin) < outage; time.Sleep(f.config.Poll) {
				f.finds(1, errors.New("unreachable"))
			}
			m.away.Store(false)
			f.finds(1, nil)
			synctest.Wait()
			if len(m.opened) == 0 {
				t.Fatalf("after an outage of %v nobody listens", outage)
			}
			if m.says(1); f.woken() {
				t.Error("asked for what is known")
			}
			if m.says(2); !f.woken() {
				t.Errorf("after an outage of %v a publication was not told", outage)
			}
		})
	}
}

// What was published while a stream was cut off was not heard: its beginning
// tells it, and a node that could not ask meanwhile asks in any case.
func TestAskedAtOnceAfterAnOutage(t *testing.T) {
	for _, c := range []struct {
		says int
		err  error
		asks bool
	}{{1, nil, false}, {2, nil, true}, {1, errors.New("unreachable"), true}} {
		synctest.Test(t, func(t *testing.T) {
			f, m := listener(t)
			m.cut()
			time.Sleep(time.Minute)
			f.seen.Store(&seen{Status: Status{Version: 1, Err: c.err}})
			m.away.Store(false)
			<-m.opened
			if m.says(c.says); f.woken() != c.asks {
				t.Errorf("told of version %d after %v: asks %v", c.says, c.err, !c.asks)
			}
		})
	}
}

// A mirror that tells of publications which nobody can fetch is heard less and
// less, and at once again with the first that was fetched.
func TestHeardAgainOnceItWasTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, m := listener(t)
		for version := range 12 {
			time.Sleep(f.config.Poll)
			f.finds(1, errors.New("unreachable"))
			m.says(2 + version)
			<-f.wake
		}
		f.finds(13, nil)
		if m.says(14); !f.woken() {
			t.Error("the next publication was not told")
		}
	})
}

// A mirror that is there and offers no stream is not asked for one with each
// poll, and one that is away is.
func TestWhoIsAskedForAStream(t *testing.T) {
	asked := func(code int) (n int) {
		synctest.Test(t, func(t *testing.T) {
			f := &Follower{config: Config{Mirrors: []string{"http://mirror"}, Poll: 30 * time.Second}, wake: make(chan struct{}, 1)}
			f.config.Transport = status(func() int { n++; return code })
			f.finds(1, nil)
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Hour)
			defer stop()
			var polls sync.WaitGroup
			polls.Go(func() {
				for ctx.Err() == nil {
					time.Sleep(f.config.Poll)
					f.finds(1, nil)
				}
			})
			f.Listen(ctx)
			polls.Wait()
		})
		return n
	}
	if n := asked(http.StatusNotFound); n > 200 {
		t.Errorf("asked %d times in 1200 polls for what is not there", n)
	}
	if n := asked(http.StatusBadGateway); n < 1200 {
		t.Errorf("asked %d times in 1200 polls", n)
	}
}

type status func() int

func (s status) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: s(), Body: http.NoBody}, nil
}

// Who waits for a poll that succeeds is not woken by one that fails.
func TestPollsThatSucceedAreTold(t *testing.T) {
	a := startAuthority(t)
	n := startNode(t, a)
	polled := n.polled.next()
	a.down.Store(true)
	if _, err := n.Once(t.Context(), a.now); err == nil {
		t.Fatal("it polled nobody")
	}
	select {
	case <-polled:
		t.Error("a poll failed, and was told as one that did not")
	default:
	}
	a.down.Store(false)
	n.poll(t, a.now)
	<-polled
}
