package s13

import "fmt"

// Fault is what a peer is told of its request: our judgement, not what a peer
// told us. Package server may make its own, {ResultCode: wire.DiameterUnknownPeer}.
type Fault struct {
	// ResultCode is 3xxx, 4xxx or 5xxx of RFC 6733 7.1.
	ResultCode uint32
	// Message goes into Error-Message: short, without personal data.
	Message string
	// Failed is the content of Failed-AVP: whole AVPs with padding. Empty is
	// no Failed-AVP.
	Failed []byte
}

// Error names the result code and the reason.
func (f *Fault) Error() string { return fmt.Sprintf("%d: %s", f.ResultCode, f.Message) }

// protocolError reports whether the answer carries the E bit: RFC 6733 7.1.3,
// codes 3xxx "MUST only be used in answer messages whose 'E' bit is set",
// 7.1.4, 4xxx with the E bit clear, 7.1.5, 5xxx SHOULD be.
func (f *Fault) protocolError() bool { return f.ResultCode/1000 == 3 }
