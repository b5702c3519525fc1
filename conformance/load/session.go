package load

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"paperweight/conformance/mme"
)

// patience bounds each wait for a peer that owes us an answer.
const patience = 10 * time.Second

// success is DIAMETER_SUCCESS.
const success = 2001

// join makes us a peer: CER, CEA with DIAMETER_SUCCESS.
func (s *stream) join(p mme.Peer) error {
	local, err := netip.ParseAddrPort(s.LocalAddr().String())
	if err != nil {
		return err
	}
	cea, err := s.ask(mme.AppendCER(nil, p, local.Addr()))
	if err != nil {
		return fmt.Errorf("CER: %w", err)
	}
	a, err := mme.ReadAnswer(cea)
	switch {
	case err != nil:
		return fmt.Errorf("CEA: %w", err)
	case !mme.IsCapabilities(cea):
		return errors.New("the CER was answered by something else than a CEA")
	case a.Result != success:
		return fmt.Errorf("the CEA refuses us with Result-Code %d", a.Result)
	}
	return nil
}

var errParted = errors.New("the target parted with a DPR")

// reply answers what a peer may ask of us; false where it is something else.
// RFC 6733 5.5: "the Device-Watchdog-Request [...] is used to proactively detect
// transport failures".
func (s *stream) reply(request []byte, who mme.Peer) (answered bool, err error) {
	if !mme.IsWatchdog(request) && !mme.IsDisconnect(request) {
		return false, nil
	}
	b := mme.AppendSuccess(nil, request, who)
	hopByHop, endToEnd := mme.IDs(request)
	mme.SetIDs(b, hopByHop, endToEnd)
	_, err = s.Write(b)
	if err == nil && mme.IsDisconnect(request) {
		err = errParted
	}
	return true, err
}

// leave says goodbye, DPR and DPA, and closes. Nothing may be outstanding.
func (s *stream) leave(p mme.Peer) error {
	defer s.Close()
	dpa, err := s.ask(mme.AppendDPR(nil, p))
	if err != nil {
		return fmt.Errorf("DPR: %w", err)
	}
	if !mme.IsDisconnect(dpa) {
		return errors.New("the DPR was answered by something else than a DPA")
	}
	return nil
}

// ask sends one request and returns its answer.
func (s *stream) ask(request []byte) ([]byte, error) {
	if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := s.Write(request); err != nil {
		return nil, err
	}
	answer, err := s.wait()
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	if mme.IsRequest(answer) {
		return nil, errors.New("the peer sent a request where its answer was due")
	}
	return answer, s.SetDeadline(time.Time{})
}
