package admin

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"paperweight/store"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// imports answers an import: progress and report as they come, then how it
// ended. A failure before the first of them has a status of its own.
func (s *Server) imports(w http.ResponseWriter, r *http.Request) {
	out := &lines{w: w, control: http.NewResponseController(w)}
	result, err := s.importFiles(out, r)
	switch {
	case err == nil:
		out.send(line{Result: &result})
	case out.begun:
		out.send(line{Refusal: refusal(err)})
	default:
		refuse(w, err)
	}
}

// importFiles spools the files of a request and imports them. When it returns
// the next import may begin, so nobody who saw the end of one finds it running.
func (s *Server) importFiles(out *lines, r *http.Request) (result intake.Result, err error) {
	query := r.URL.Query()
	confirm, _ := strconv.ParseBool(query.Get("confirm"))
	report, _ := strconv.ParseBool(query.Get("report"))
	err = s.uploaded(out.w, r, func(files []intake.File) (err error) {
		job := Job{Files: files, Format: query.Get("format"), Source: query.Get("source"), Confirm: confirm,
			Progress: func(p intake.Progress) { out.send(line{Progress: &p}) }}
		if report {
			job.Report = out
		}
		result, err = s.options.Node.Import(r.Context(), job)
		return err
	})
	return result, err
}

// alone calls do, one request at a time.
func (s *Server) alone(do func() error) error {
	select {
	case s.importing <- struct{}{}:
		defer func() { <-s.importing }()
	default:
		return &Refusal{Message: "another import or what-if is running", Hint: "try again when it is done", status: http.StatusConflict}
	}
	return do()
}

// uploaded calls do with the files of a request, one request at a time.
func (s *Server) uploaded(w http.ResponseWriter, r *http.Request, do func([]intake.File) error) error {
	return s.alone(func() error {
		dir, err := os.MkdirTemp(s.options.Spool, "import-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		files, err := s.spool(w, r, dir)
		if err != nil {
			return err
		}
		return do(files)
	})
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
	up := &upload{ctx: r.Context(), control: http.NewResponseController(w), room: s.options.Node.Store.Room}
	// A read does not end because its context does.
	defer context.AfterFunc(up.ctx, func() { _ = up.control.SetReadDeadline(time.Now()) })()
	var files []intake.File
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, up.unread(err)
		}
		if part.FileName() == "" {
			return nil, &Refusal{Message: "the part " + strconv.Quote(part.FormName()) + " is no file"}
		}
		path := filepath.Join(dir, strconv.Itoa(len(files)))
		if err := up.write(path, part); err != nil {
			return nil, up.unread(err)
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

// unread tells an upload that broke off from our own failures, and from our end.
func (u *upload) unread(err error) error {
	if u.ctx.Err() != nil {
		return u.ctx.Err()
	}
	var large *http.MaxBytesError
	var disk *os.PathError
	if errors.As(err, &large) || errors.As(err, &disk) || errors.Is(err, store.ErrDiskFull) {
		return err
	}
	return &Refusal{Message: "the upload broke off: " + err.Error()}
}

type upload struct {
	ctx     context.Context
	control *http.ResponseController
	// room keeps an upload from filling the disk under the store's log.
	room func(octets int) error
}

func (u *upload) write(path string, part *multipart.Part) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		// Gigabytes may take their time; a client that stops may not.
		_ = u.control.SetReadDeadline(time.Now().Add(quiet))
		if err = u.ctx.Err(); err == nil {
			err = u.room(1 << 20)
		}
		if err == nil {
			_, err = io.CopyN(f, part, 1<<20)
		}
	}
	if !errors.Is(err, io.EOF) {
		f.Close()
		return err
	}
	return f.Close()
}
