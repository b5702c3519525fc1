package admin

import (
	"context"
	"net/http"
	"net/url"

	"paperweight/store/feed"
	"paperweight/store/intake"
)

// Feeds is Node.Feeds.
func (c *Client) Feeds(ctx context.Context) ([]FeedStatus, error) {
	return call[[]FeedStatus](ctx, c, http.MethodGet, "feeds", nil)
}

// Held is Node.Held.
func (c *Client) Held(ctx context.Context) ([]feed.Held, error) {
	return call[[]feed.Held](ctx, c, http.MethodGet, "feeds/held", nil)
}

// Release is Node.Release.
func (c *Client) Release(ctx context.Context, p Pick) (feed.Step, error) {
	return call[feed.Step](ctx, c, http.MethodPost, "feeds/release", p)
}

// Reject is Node.Reject.
func (c *Client) Reject(ctx context.Context, p Pick) (feed.Held, error) {
	return call[feed.Held](ctx, c, http.MethodPost, "feeds/reject", p)
}

// Verify is Node.Verify.
func (c *Client) Verify(ctx context.Context, name string) (FeedStatus, error) {
	return call[FeedStatus](ctx, c, http.MethodPost, "feeds/verify?"+url.Values{"feed": {name}}.Encode(), nil)
}

// Forget is Node.Forget.
func (c *Client) Forget(ctx context.Context, name string) (feed.Status, error) {
	return call[feed.Status](ctx, c, http.MethodPost, "feeds/forget?"+url.Values{"feed": {name}}.Encode(), nil)
}

// Try is Node.Try.
func (c *Client) Try(ctx context.Context, t Trial) (Outcome, error) {
	files := []intake.File{{Name: checksPart, Open: t.Checks.Open}}
	if t.Candidate != nil {
		files = append(files, intake.File{Name: candidatePart, Open: t.Candidate.Open})
	}
	r, err := c.upload(ctx, "feeds/try?"+url.Values{"feed": {t.Feed}}.Encode(), files, t.Progress)
	if err != nil {
		return Outcome{}, err
	}
	return decoded[Outcome](c, r)
}
