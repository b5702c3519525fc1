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
	// lull is the shortest time between two wakings: what a site says is
	// not signed, and may be said for ever.
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
	for wait := listenAgain; ; wait = min(2*wait, listenLast) {
		heard, _ := f.hear(ctx, client, address) // why it ended is of no use to anybody
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
func (f *Follower) hear(ctx context.Context, client *http.Client, address string) (heard bool, err error) {
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
		f.Notify()
		select {
		case <-ctx.Done():
		case <-time.After(lull):
		}
	}
	return true, in.Err()
}
