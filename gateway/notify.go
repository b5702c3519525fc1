package main

import (
	"bufio"
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	// calm is the least time between two polls that a mirror can bring about.
	calm = 100 * time.Millisecond
	// again is how soon a stream that broke off is asked for again, and
	// seldom how soon where a mirror has none; both a half more or less.
	again  = 2 * time.Second
	seldom = 10 * time.Minute
)

// listen hears from a mirror that something was published, and has it polled
// for. What is said is not believed: it only brings a poll forward.
func (o *followed) listen(ctx context.Context, mirror string) {
	u, err := url.Parse(mirror)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return // a medium that was carried here tells nothing
	}
	u = u.JoinPath("events")
	for ctx.Err() == nil {
		pause := seldom
		if o.hear(ctx, u.String()) {
			pause = again
		}
		timer := time.NewTimer(time.Duration(float64(pause) * (0.5 + rand.Float64())))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// hear reads a stream to its end, and reports whether another try is worth
// while soon: the mirror has a stream, or can't be reached at all for now.
func (o *followed) hear(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Accept", "text/event-stream")
	// Where a node connects to is for its operator to say, as with polls.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return true
	}
	defer resp.Body.Close()
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		o.log.Debug("a mirror tells nothing by itself", zap.String("mirror", req.URL.Redacted()), zap.String("status", resp.Status))
		return false
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "data:") {
			continue
		}
		o.Notify()
		// What is said meanwhile is heard after it.
		select {
		case <-ctx.Done():
		case <-time.After(calm):
		}
	}
	return true
}
