package admin

import (
	"errors"
	"net/http"
)

// Check is one thing that a node is to have, and whether it has it.
type Check struct {
	Name string `json:"check"`
	OK   bool   `json:"ok"`
	// Why it has it not; empty where it has.
	Why string `json:"why,omitempty"`
	// Needed says that without it checks are not answered rightly, so that
	// they should go to another node.
	Needed bool `json:"needed"`
}

// NewCheck is a Check that fails by err; nil is passed.
func NewCheck(name string, needed bool, err error) Check {
	c := Check{Name: name, OK: err == nil, Needed: needed}
	if err != nil {
		c.Why = err.Error()
	}
	return c
}

// Ready is nil where all that is needed is there, or says what is not.
func Ready(checks []Check) error {
	for _, c := range checks {
		if c.Needed && !c.OK {
			return errors.New(c.Why)
		}
	}
	return nil
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	// A store that can't be written goes on answering: a restart would turn
	// a node that answers into one that does not.
	state := map[string]string{"status": "alive"}
	if err := s.options.Node.Store.Err(); err != nil {
		state["store"] = err.Error()
	}
	answer(w, http.StatusOK, state)
}

// ready answers whether checks should come here. With ?verbose it tells also of
// what is missing without keeping them away.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	checks := s.options.Checks()
	state := struct {
		Status string  `json:"status,omitempty"`
		Error  string  `json:"error,omitempty"`
		Checks []Check `json:"checks,omitempty"`
	}{Status: "ready"}
	status := http.StatusOK
	if err := Ready(checks); err != nil {
		state.Status, state.Error, status = "", err.Error(), http.StatusServiceUnavailable
	}
	if r.URL.Query().Has("verbose") {
		state.Checks = checks
	}
	answer(w, status, state)
}
