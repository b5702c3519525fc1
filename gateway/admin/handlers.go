package admin

import (
	"encoding/json"
	"net/http"
	"time"
)

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := http.NewResponseController(w)
	lines := json.NewEncoder(w)
	for e, err := range s.options.Node.Show(r.Context()) {
		_ = out.SetWriteDeadline(time.Now().Add(quiet))
		if err == nil {
			err = lines.Encode(e)
		}
		if err != nil {
			// Entries may be on their way already: the line says the rest, and
			// that what came is not the whole list.
			_ = lines.Encode(refusal(err))
			return
		}
	}
}

func (s *Server) add(w http.ResponseWriter, r *http.Request) {
	var e Entry
	err := body(w, r, &e)
	if err != nil {
		refuse(w, err)
		return
	}
	applied, err := s.options.Node.Add(r.Context(), e)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, applied)
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) {
	var t Target
	err := body(w, r, &t)
	if err != nil {
		refuse(w, err)
		return
	}
	applied, err := s.options.Node.Remove(r.Context(), t)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, applied)
}

func (s *Server) sources(w http.ResponseWriter, r *http.Request) {
	sources, err := s.options.Node.Sources(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, sources)
}

func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	var q Question
	if r.Method == http.MethodPost {
		if err := body(w, r, &q); err != nil {
			refuse(w, err)
			return
		}
	} else {
		v := r.URL.Query()
		q = Question{IMEI: v.Get("imei"), SVN: v.Get("svn"), IMSI: v.Get("imsi")}
	}
	e, err := s.options.Node.Explain(r.Context(), q)
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, http.StatusOK, e)
}

func (s *Server) peers(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, s.options.Peers())
}
