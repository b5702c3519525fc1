package s13

import (
	"errors"

	"paperweight/eir"
)

// Identity is what this node is in Diameter. It does not change, so many
// goroutines may use it.
type Identity struct {
	own Capabilities
}

// NewIdentity returns the identity of a node that says c of itself.
// HostIPAddresses is left aside: AppendCEA takes them for each connection.
func NewIdentity(c Capabilities) (*Identity, error) {
	return nil, errors.New("s13: under construction")
}

// Scan reads a usual ECR; false leaves the message to Examine.
func (id *Identity) Scan(msg []byte, r *Request) bool { return false }

// Examine returns the first fault of a request, or nil; of an ECR r then holds what Scan would have found.
func (id *Identity) Examine(msg []byte, r *Request) *Fault { return nil }

// AppendECA appends the answer to r that v asks for.
func (id *Identity) AppendECA(b []byte, r *Request, v *eir.Verdict) []byte { return b }

// AppendError appends the answer that reports f; to an answer, nothing.
func (id *Identity) AppendError(b, msg []byte, f *Fault) []byte { return b }

// FrameFault turns an error of wire.Frame into what the peer is told.
func FrameFault(err error) *Fault { return nil }

// TooBusy is the fault for a request that is shed: 3004, or 5012 where Destination-Host names us.
func (r *Request) TooBusy() *Fault { return nil }
