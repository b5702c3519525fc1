package feed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// silence is after how long a stream counts as dead: a site says that it
	// is alive every 15 seconds.
	silence = time.Minute
	// lull is the shortest time between two wakings by one mirror. What it
	// says is not signed, and may be said for ever: while nothing comes of
	// it, the time doubles up to that of a poll.
	lull = 100 * time.Millisecond
	// listenAgain doubles up to listenLast where a mirror offers nothing.
	listenAgain = time.Second
	listenLast  = 5 * time.Minute
)

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
	for wait := listenAgain; ; wait = min(2*wait, listenLast) {
		heard, _ := f.hear(ctx, client, address, &said) // why it ended is of no use to anybody
		if heard {
			wait = listenAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait + rand.N(wait)):
		}
	}
}

// hear reads one stream to its end, and says whether there was one.
func (f *Follower) hear(ctx context.Context, client *http.Client, address string, said *trusting) (heard bool, err error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	dead := time.AfterFunc(silence, func() { stop(errors.New("silent")) })
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
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		return false, fmt.Errorf("%s: %s of type %q", address, resp.Status, kind)
	}
	in := bufio.NewScanner(resp.Body) // a line of more than 64 KiB ends it
	for in.Scan() {
		dead.Reset(silence)
		if !strings.HasPrefix(in.Text(), "data:") {
			continue
		}
		pause := said.heard(f.seen.Load().Version)
		f.Notify()
		dead.Stop() // this silence is ours
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-time.After(pause):
		}
		dead.Reset(silence)
	}
	return true, in.Err()
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
