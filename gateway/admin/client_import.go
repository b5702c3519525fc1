package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"paperweight/store/intake"
)

// Sending is the phase before those of package intake: the files are on their
// way to the node.
const Sending intake.Phase = "send"

// Import is Node.Import on the running node.
func (c *Client) Import(ctx context.Context, job Job) (intake.Result, error) {
	query := url.Values{"format": {job.Format}, "source": {job.Source},
		"confirm": {strconv.FormatBool(job.Confirm)}, "report": {strconv.FormatBool(job.Report != nil)}}
	r, err := c.upload(ctx, "import?"+query.Encode(), job.Files, job.Progress)
	if err != nil {
		return intake.Result{}, err
	}
	defer r.Body.Close()
	return receive(ctx, r.Body, job)
}

// upload posts files.
func (c *Client) upload(ctx context.Context, path string, files []intake.File, progress func(intake.Progress)) (*http.Response, error) {
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	// What failed here is told before what the node makes of it.
	sent := make(chan error, 1)
	go func() {
		err := send(form, files, progress)
		sent <- err
		writer.CloseWithError(err)
	}()
	r, err := c.do(ctx, http.MethodPost, path, form.FormDataContentType(), reader)
	// Where the node answered before it had read everything, or nobody is
	// there to read, the sender still waits. Its error is then ours.
	reader.CloseWithError(errAnswered)
	if local := <-sent; local != nil && !errors.Is(local, errAnswered) && !errors.Is(local, io.ErrClosedPipe) {
		if r != nil {
			r.Body.Close()
		}
		return nil, local
	}
	return r, err
}

var errAnswered = errors.New("answered already")

// send writes the files as parts.
func send(form *multipart.Writer, files []intake.File, progress func(intake.Progress)) error {
	p := intake.Progress{Phase: Sending}
	for _, f := range files {
		if err := sendFile(form, f, &p, progress); err != nil {
			return err
		}
	}
	return form.Close()
}

func sendFile(form *multipart.Writer, f intake.File, p *intake.Progress, progress func(intake.Progress)) error {
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if p.Total, err = content.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	if _, err = content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	part, err := form.CreateFormFile("file", f.Name)
	if err != nil {
		return err
	}
	p.File, p.Bytes = f.Name, 0
	for err == nil {
		var n int64
		n, err = io.CopyN(part, content, 1<<20)
		p.Bytes += n
		if progress != nil {
			progress(*p)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// receive reads the lines of the answer.
func receive(ctx context.Context, body io.Reader, job Job) (intake.Result, error) {
	d := json.NewDecoder(body)
	for {
		var l line
		if err := d.Decode(&l); err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return intake.Result{}, &Unanswered{err}
		}
		switch {
		case l.Refusal != nil && l.Held != nil:
			return intake.Result{}, l.Held
		case l.Refusal != nil && l.Message != "":
			return intake.Result{}, l.Refusal
		case l.Result != nil:
			return *l.Result, nil
		case l.Progress != nil && job.Progress != nil:
			job.Progress(*l.Progress)
		case l.Report != nil && job.Report != nil:
			if _, err := job.Report.Write(append(l.Report, '\n')); err != nil {
				return intake.Result{}, fmt.Errorf("the report can't be written, the import is given up: %w", err)
			}
		}
	}
}
