package wire

import "fmt"

// Kind is what is wrong with octets.
type Kind uint8

const (
	// UnsupportedVersion: the version is not 1.
	UnsupportedVersion Kind = iota + 1
	// InvalidMessageLength: the length in the header is under 20, no
	// multiple of 4, over the cap, or not that of the message.
	InvalidMessageLength
	// InvalidAVPLength: an AVP is shorter than its header or ends, with its
	// padding, beyond what holds it.
	InvalidAVPLength
	// TooManyAVPs: more AVPs than Limits.AVPs.
	TooManyAVPs
	// TooDeep: AVPs nested deeper than Limits.Depth.
	TooDeep
)

// Fault is what is wrong and where.
type Fault struct {
	Kind Kind
	// Offset is that of the AVP's header in the message, or 0 where the
	// message's own header is at fault.
	Offset int
	// Code, Vendor and AVPFlags are those of the AVP at fault, with zeros
	// for what of its header is missing; zero where no AVP is at fault.
	Code, Vendor uint32
	AVPFlags     uint8
	// Length is the length that was stated: the message's, or the AVP's.
	Length int
	// Within holds the grouped AVPs around it, outermost first.
	Within []AVP
}

// Error names the fault and its place.
func (f *Fault) Error() string {
	switch f.Kind {
	case UnsupportedVersion:
		return "Diameter version is not 1"
	case InvalidMessageLength:
		return fmt.Sprintf("message length %d is not acceptable", f.Length)
	case InvalidAVPLength:
		return fmt.Sprintf("AVP %d (vendor %d) at octet %d: length %d is not possible there", f.Code, f.Vendor, f.Offset, f.Length)
	case TooManyAVPs:
		return fmt.Sprintf("more AVPs than allowed, from octet %d on", f.Offset)
	case TooDeep:
		return fmt.Sprintf("AVP %d (vendor %d) at octet %d: nested deeper than allowed", f.Code, f.Vendor, f.Offset)
	}
	return fmt.Sprintf("fault %d at octet %d", f.Kind, f.Offset)
}
