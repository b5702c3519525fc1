package feed

import (
	"bufio"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// silence is after how long a stream counts as dead: a site says that it
	// is alive every 15 seconds. It has answer to begin one: who is cut off
	// by a firewall hears nothing, also when the outage is over.
	silence = time.Minute
	answer  = 20 * time.Second
	// lull is how long a mirror that spoke is not heard, unless something comes
	// of it. What it says is not signed, and may be said for ever: while
	// nothing comes of it, the time doubles up to that of a poll.
	lull = 100 * time.Millisecond
	// listenAgain doubles up to listenLast where a mirror offers nothing. One
	// that is away is tried again with each poll that succeeds as well.
	listenAgain = time.Second
	listenLast  = 5 * time.Minute
)

// errNoStream says that a mirror is there and offers nothing to listen to.
var errNoStream = errors.New("no stream of events")

// Listen hears from the mirrors that offer it (GET events: server-sent events,
// one named "timestamp" for each publication) when something is published, and
// wakes Run. It goes on until ctx ends. Nothing depends on it: what it is told
// is not believed, and where it is told nothing, Run polls as ever.
func (f *Follower) Listen(ctx context.Context) {
	var all sync.WaitGroup
	for _, address := range f.config.Mirrors {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			continue
		}
		all.Go(func() { f.listenAt(ctx, u.JoinPath("events").String()) })
	}
	all.Wait()
}

func (f *Follower) listenAt(ctx context.Context, address string) {
	client := &http.Client{
		Transport:     f.config.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	said := trusting{most: f.config.Poll}
	wait := listenAgain
	for {
		polled := f.polled.next()
		heard, err := f.hear(ctx, client, address, &said)
		if heard {
			wait = listenAgain
		}
		if heard || errors.Is(err, errNoStream) {
			polled = nil
		}
		select {
		case <-ctx.Done():
			return
		case <-polled: // the outage may be over
		case <-time.After(wait + rand.N(wait)):
			wait = min(2*wait, listenLast)
		}
	}
}

// hear reads one stream to its end, and says whether there was one.
func (f *Follower) hear(ctx context.Context, client *http.Client, address string, said *trusting) (heard bool, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	dead := time.AfterFunc(answer, func() { stop(errors.New("silent")) })
	defer dead.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := client.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return false, errors.New(resp.Status)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return false, errNoStream
	}
	dead.Reset(silence)
	in := bufio.NewScanner(resp.Body) // a line of more than 64 KiB ends it
	for in.Scan() {
		dead.Reset(silence)
		data, ok := strings.CutPrefix(in.Text(), "data:")
		if !ok || !f.news(data) {
			continue
		}
		pause := said.heard(f.seen.Load().Version)
		f.Notify()
		dead.Stop() // this silence is ours
		if err := f.deaf(ctx, pause, said.version); err != nil {
			return true, err
		}
		dead.Reset(silence)
	}
	return true, in.Err()
}

// news says whether a mirror speaks of a publication that the node does not
// know. A stream begins with the version in force: one that was cut off and
// missed nothing brings no news, unless the node itself failed to ask.
func (f *Follower) news(data string) bool {
	s := f.seen.Load()
	version, err := strconv.ParseInt(strings.TrimSpace(data), 10, 64)
	return err != nil || version > s.Version || s.Err != nil
}

// deaf waits for a pause, or until a later version than when the mirror spoke
// was verified: then what it says next may be true as well.
func (f *Follower) deaf(ctx context.Context, pause time.Duration, version int64) error {
	over := time.After(pause)
	for {
		polled := f.polled.next()
		if f.seen.Load().Version > version {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over:
			return nil
		case <-polled:
		}
	}
}

// trusting says how long to turn a deaf ear to a mirror that just spoke.
type trusting struct {
	most    time.Duration
	pause   time.Duration
	version int64 // of the feed when it last spoke
}

// heard takes the version that the node has as the mirror speaks. If it is a
// later one than when it last did, there was something to speak of, whoever it
// then came from.
func (t *trusting) heard(version int64) time.Duration {
	if version > t.version {
		t.pause, t.version = lull, version
	} else {
		t.pause = max(lull, min(2*t.pause, t.most))
	}
	return t.pause
}

// pulse wakes all who wait for something that happens again and again.
type pulse struct {
	mu     sync.Mutex // guards waited
	waited chan struct{}
}

// next returns what is closed when it happens next.
func (p *pulse) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited == nil {
		p.waited = make(chan struct{})
	}
	return p.waited
}

func (p *pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited != nil {
		close(p.waited)
		p.waited = nil
	}
}
