package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// imports spools the files of a request and runs the import, telling of both.
func (s *Server) imports(w http.ResponseWriter, r *http.Request) {
	select {
	case s.importing <- struct{}{}:
		defer func() { <-s.importing }()
	default:
		refuse(w, &Refusal{Message: "another import is running", Hint: "try again when it is done", status: http.StatusConflict})
		return
	}
	dir, err := os.MkdirTemp(s.options.Spool, "import-")
	if err != nil {
		refuse(w, err)
		return
	}
	defer os.RemoveAll(dir)
	files, err := s.spool(w, r, dir)
	if err != nil {
		refuse(w, err)
		return
	}
	query := r.URL.Query()
	confirm, _ := strconv.ParseBool(query.Get("confirm"))
	report, _ := strconv.ParseBool(query.Get("report"))
	out := &lines{w: w, control: http.NewResponseController(w)}
	job := Job{Files: files, Format: query.Get("format"), Source: query.Get("source"), Confirm: confirm,
		Progress: func(p intake.Progress) { out.send(line{Progress: &p}) }}
	if report {
		job.Report = out
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	result, err := s.options.Node.Import(r.Context(), job)
	if err != nil {
		out.send(line{Refusal: refusal(err)})
		return
	}
	out.send(line{Result: &result})
}

// spool writes the files of the request into dir: a list is read more than
// once, and a slow client must not hold up the store.
func (s *Server) spool(w http.ResponseWriter, r *http.Request, dir string) ([]intake.File, error) {
	r.Body = http.MaxBytesReader(w, r.Body, s.options.MaxUpload)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, &Refusal{Message: "the files of an import come as multipart/form-data: " + err.Error(),
			Hint: "curl -F file=@LIST.csv http://127.0.0.1:9313/api/v1/import"}
	}
	control := http.NewResponseController(w)
	var files []intake.File
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, unread(err)
		}
		if part.FileName() == "" {
			return nil, &Refusal{Message: "the part " + strconv.Quote(part.FormName()) + " is no file"}
		}
		path := filepath.Join(dir, strconv.Itoa(len(files)))
		if err := write(path, part, control); err != nil {
			return nil, unread(err)
		}
		files = append(files, intake.File{Name: part.FileName(), Open: func() (listfile.Content, error) {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			return f, nil
		}})
	}
	if len(files) == 0 {
		return nil, &Refusal{Message: "no file was sent"}
	}
	return files, nil
}

// unread tells an upload that broke off from our own failures.
func unread(err error) error {
	var large *http.MaxBytesError
	var disk *os.PathError
	if errors.As(err, &large) || errors.As(err, &disk) {
		return err
	}
	return &Refusal{Message: "the upload broke off: " + err.Error()}
}

func write(path string, part *multipart.Part, control *http.ResponseController) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		// Gigabytes may take their time; a client that stops may not.
		_ = control.SetReadDeadline(time.Now().Add(quiet))
		_, err = io.CopyN(f, part, 1<<20)
	}
	if !errors.Is(err, io.EOF) {
		f.Close()
		return err
	}
	return f.Close()
}

// line is one line of the answer to an import: one of its fields is set.
type line struct {
	Progress *intake.Progress `json:"progress,omitempty"`
	Report   json.RawMessage  `json:"report,omitempty"`
	Result   *intake.Result   `json:"result,omitempty"`
	*Refusal
}

// lines sends them as they come. As an io.Writer it takes a report, whose
// lines it wraps.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	partial []byte
}

func (l *lines) send(v line) {
	_ = l.put(v)
	_ = l.control.Flush()
}

func (l *lines) put(v line) error {
	_ = l.control.SetWriteDeadline(time.Now().Add(quiet))
	return json.NewEncoder(l.w).Encode(v)
}

func (l *lines) Write(p []byte) (int, error) {
	l.partial = append(l.partial, p...)
	for {
		one, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		if err := l.put(line{Report: one}); err != nil {
			return 0, err
		}
		l.partial = append(l.partial[:0], rest...)
	}
}
