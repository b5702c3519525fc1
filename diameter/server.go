package diameter

import (
	"context"
	"errors"
	"net"

	"paperweight/eir"
)

// Checker decides; eir.Register is one. Check is called by many goroutines at
// once, and should neither block nor allocate.
type Checker interface {
	Check(eir.Query) eir.Verdict
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("diameter: the server was shut down")

// Server answers S13. Its methods may be called by many goroutines.
type Server struct {
	cfg     Config
	checker Checker
	events  Events
}

// New returns a Server that asks checker, or what is wrong with the Config.
func New(cfg Config, checker Checker, events Events) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Server{cfg: cfg.withDefaults(), checker: checker, events: events}, nil
}

// Serve accepts peers on l until Shutdown, and then returns ErrServerClosed; it
// returns earlier where l fails for good. It closes l. It may be called for
// several listeners.
func (s *Server) Serve(l net.Listener) error { return errors.New("diameter: not yet") }

// Shutdown is the planned end: it stops accepting, sends a DPR with REBOOTING
// to every open peer, goes on answering until each sends its DPA, and closes.
// Where ctx ends first it closes what is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error { return nil }

// SetPeers replaces the table. Peers that the new table does not admit are
// asked to leave (DPR, DO_NOT_WANT_TO_TALK_TO_YOU); the others stay connected.
func (s *Server) SetPeers(peers []Peer) error { return nil }

// Peers returns every peer of the table, connected or not, and every other
// connected one, by name.
func (s *Server) Peers() []PeerState { return nil }

// Stats returns the counters.
func (s *Server) Stats() Stats { return Stats{} }
