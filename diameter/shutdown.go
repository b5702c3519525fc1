package diameter

import (
	"context"

	"paperweight/diameter/wire"
)

// Shutdown is the planned end: it stops accepting, sends a DPR with REBOOTING
// to every open peer, goes on answering until each sends its DPA (or has had
// Config.CloseTimeout for it), and closes. Where ctx ends first it closes what
// is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.isStopped() {
		close(s.stopped)
	}
	for _, l := range s.listeners {
		l.Close() // Serve returns
	}
	for c := range s.conns {
		c.askToPart(wire.Rebooting)
	}
	s.mu.Unlock()

	gone := make(chan struct{})
	go func() {
		s.running.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		below(c.nc).Close() // wakes a goroutine that reads or writes
	}
	s.mu.Unlock()
	<-gone
	return ctx.Err()
}

// SetMaxRate replaces Config.MaxRate, from each connection's next batch on.
func (s *Server) SetMaxRate(rate int) error {
	cfg := s.cfg
	cfg.MaxRate = rate
	if err := cfg.Validate(); err != nil {
		return err
	}
	s.meter.cost.Store(costOf(rate))
	return nil
}

// SetPeers replaces the table and Config.Realms. Peers that the new table does not
// admit are asked to leave (DPR, DO_NOT_WANT_TO_TALK_TO_YOU); the others stay
// connected.
func (s *Server) SetPeers(peers []Peer, realms []string) error {
	cfg := s.cfg
	cfg.Peers, cfg.Realms = peers, realms
	if err := cfg.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table.set(peers)
	s.realms.Store(newRealms(&cfg))
	for c := range s.conns {
		if c.peer == nil {
			continue // its CER will meet the new table
		}
		c.peerCost.Store(costOf(c.peer.MaxRate))
		if _, ok := s.table.admits(c.caller(c.host, c.realm), s.cfg.AnyLoopback); !ok {
			c.askToPart(wire.DoNotWantToTalkToYou)
		}
	}
	return nil
}
