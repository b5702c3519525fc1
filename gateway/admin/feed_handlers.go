package admin

import (
	"net/http"
	"time"

	"paperweight/store/intake"
)

func (s *Server) feeds(w http.ResponseWriter, r *http.Request) {
	all, err := s.options.Node.Feeds(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, all)
}

func (s *Server) held(w http.ResponseWriter, r *http.Request) {
	all, err := s.options.Node.Held(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, all)
}

func (s *Server) release(w http.ResponseWriter, r *http.Request) {
	var p Pick
	err := body(w, r, &p)
	if err != nil {
		refuse(w, err)
		return
	}
	patient(w)
	step, err := s.options.Node.Release(r.Context(), p)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, step)
}

func (s *Server) reject(w http.ResponseWriter, r *http.Request) {
	var p Pick
	err := body(w, r, &p)
	if err != nil {
		refuse(w, err)
		return
	}
	held, err := s.options.Node.Reject(r.Context(), p)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, held)
}

func (s *Server) verify(w http.ResponseWriter, r *http.Request) {
	patient(w)
	status, err := s.options.Node.Verify(r.Context(), r.URL.Query().Get("feed"))
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, status)
}

func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	patient(w)
	status, err := s.options.Node.Forget(r.Context(), r.URL.Query().Get("feed"))
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, status)
}

// try answers a what-if. Its files are named by their parts' file names.
func (s *Server) try(w http.ResponseWriter, r *http.Request) {
	patient(w)
	var found Outcome
	err := s.uploaded(w, r, func(files []intake.File) (err error) {
		t := Trial{Feed: r.URL.Query().Get("feed")}
		for i := range files {
			switch files[i].Name {
			case candidatePart:
				t.Candidate = &files[i]
			case checksPart:
				t.Checks = files[i]
			}
		}
		if t.Checks.Open == nil {
			return &Refusal{Message: "a file named " + checksPart + " is needed: a check a line"}
		}
		found, err = s.options.Node.Try(r.Context(), t)
		return err
	})
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, found)
}

// The names of a what-if's files.
const (
	candidatePart = "candidate"
	checksPart    = "checks"
)

// patient lets an answer wait for what takes longer than a client may be
// quiet: a list of a country is written, or read from end to end.
func patient(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
}
