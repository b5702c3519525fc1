package s13

import "net/netip"

// ParseCER reads a CER. A Fault is to be answered with AppendCEA; what of the peer could be read is there all the same.
func (id *Identity) ParseCER(msg []byte) (Capabilities, *Fault) { return Capabilities{}, nil }

// Notice is what a DWR or DPR says.
type Notice struct {
	OriginHost, OriginRealm string
	OriginStateID           uint32 // DWR; 0: not sent
	DisconnectCause         uint32 // DPR
}

// ParseDWR reads a DWR.
func (id *Identity) ParseDWR(msg []byte) (Notice, *Fault) { return Notice{}, nil }

// ParseDPR reads a DPR.
func (id *Identity) ParseDPR(msg []byte) (Notice, *Fault) { return Notice{}, nil }

// Answer is what a DWA or DPA says.
type Answer struct {
	ResultCode              uint32
	OriginHost, OriginRealm string
	OriginStateID           uint32
}

// ParseAnswer reads a DWA or DPA.
func (id *Identity) ParseAnswer(msg []byte) (Answer, error) { return Answer{}, nil }

// AppendCEA appends the answer to the CER in msg: success where f is nil. addrs are all our addresses on this connection.
func (id *Identity) AppendCEA(b, msg []byte, f *Fault, addrs ...netip.Addr) []byte { return b }

// AppendDWA appends the answer to the DWR in msg.
func (id *Identity) AppendDWA(b, msg []byte, f *Fault) []byte { return b }

// AppendDPA appends the answer to the DPR in msg.
func (id *Identity) AppendDPA(b, msg []byte, f *Fault) []byte { return b }

// AppendDWR appends a DWR.
func (id *Identity) AppendDWR(b []byte, hopByHop, endToEnd uint32) []byte { return b }

// AppendDPR appends a DPR; cause is a wire.Disconnect-Cause value such as wire.Rebooting.
func (id *Identity) AppendDPR(b []byte, hopByHop, endToEnd, cause uint32) []byte { return b }
