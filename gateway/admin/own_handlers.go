package admin

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// importOwn answers an OwnImport, whose file is the body.
func (s *Server) importOwn(w http.ResponseWriter, r *http.Request) {
	patient(w)
	var done OwnImported
	err := s.alone(func() (err error) {
		query := r.URL.Query()
		replace, _ := strconv.ParseBool(query.Get("replace"))
		dry, _ := strconv.ParseBool(query.Get("dry_run"))
		sent := &sending{ctx: r.Context(), body: http.MaxBytesReader(w, r.Body, s.options.MaxUpload), control: http.NewResponseController(w)}
		// A read does not end because its context does.
		defer context.AfterFunc(sent.ctx, func() { _ = sent.control.SetReadDeadline(time.Now()) })()
		name := query.Get("name")
		if name == "" {
			name = "body"
		}
		done, err = s.options.Node.ImportOwn(sent.ctx, OwnImport{Name: name, Content: sent, Replace: replace, DryRun: dry})
		return err
	})
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, done)
}

// sending is a body that may take its time, while its client may not stop.
type sending struct {
	ctx     context.Context
	body    io.Reader
	control *http.ResponseController
}

func (s *sending) Read(p []byte) (int, error) {
	_ = s.control.SetReadDeadline(time.Now().Add(quiet))
	n, err := s.body.Read(p)
	if s.ctx.Err() != nil {
		return n, s.ctx.Err()
	}
	return n, err
}
