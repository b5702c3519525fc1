package judge

import (
	"fmt"
	"strings"

	"paperweight/conformance/octets"
)

// Result codes that cases name often.
const (
	Success          = 2001
	EquipmentUnknown = 5422
)

// Values of Equipment-Status (TS 29.272 7.3.51); none is what it is not.
const (
	Whitelisted = 0
	Blacklisted = 1
	Greylisted  = 2
	NoStatus    = -1
)

// Answer is a message that came.
type Answer struct {
	octets.Message
	// Raw is the message as octets.
	Raw []byte
}

// Result returns the Result-Code; 0 where there is none that can be read.
func (a Answer) Result() uint32 {
	avp, _ := a.Find(octets.ResultCode, 0)
	v, _ := avp.Uint32()
	return v
}

// Experimental returns the vendor and the code of the Experimental-Result; zeros
// where there is none that can be read.
func (a Answer) Experimental() (vendor, code uint32) {
	avp, _ := a.Find(octets.ExperimentalResult, 0)
	inner, err := avp.Inner()
	if err != nil {
		return 0, 0
	}
	for _, i := range inner {
		v, _ := i.Uint32()
		switch {
		case i.Is(octets.VendorID, 0):
			vendor = v
		case i.Is(octets.ExperimentalResultCode, 0):
			code = v
		}
	}
	return vendor, code
}

// Unknown reports whether the answer is DIAMETER_ERROR_EQUIPMENT_UNKNOWN of 3GPP.
func (a Answer) Unknown() bool {
	vendor, code := a.Experimental()
	return vendor == octets.Vendor3GPP && code == EquipmentUnknown
}

// Status returns the Equipment-Status, or NoStatus.
func (a Answer) Status() int {
	avp, _ := a.Find(octets.EquipmentStatus, octets.Vendor3GPP)
	v, ok := avp.Uint32()
	if !ok {
		return NoStatus
	}
	return int(v)
}

// Checked reports whether the answer is one to a check that went well, whatever
// it says of the equipment.
func (a Answer) Checked() bool {
	return a.Result() == Success && a.Status() != NoStatus || a.Unknown()
}

// E reports whether the E bit is set.
func (a Answer) E() bool { return a.Flags&octets.ErrorBit != 0 }

// Text returns the value of an AVP of the base protocol, or nothing.
func (a Answer) Text(code uint32) string {
	avp, _ := a.Find(code, 0)
	return string(avp.Data)
}

// Failed returns the AVP of a code and vendor that a Failed-AVP holds, itself or
// in the groups around it (RFC 6733 7.5).
func (a Answer) Failed(code, vendor uint32) (octets.AVP, bool) {
	for _, f := range a.All(octets.FailedAVP, 0) {
		if found, ok := within(f, code, vendor, 0); ok {
			return found, true
		}
	}
	return octets.AVP{}, false
}

func within(group octets.AVP, code, vendor uint32, depth int) (octets.AVP, bool) {
	inner, err := group.Inner()
	if err != nil || depth > 4 {
		return octets.AVP{}, false
	}
	for _, i := range inner {
		if i.Is(code, vendor) {
			return i, true
		}
	}
	for _, i := range inner {
		if found, ok := within(i, code, vendor, depth+1); ok {
			return found, true
		}
	}
	return octets.AVP{}, false
}

// Refused expects an error: one of some Result-Codes, and the E bit where its
// class demands it (RFC 6733 7.1.3). Whether a 5xxx may have it is another case's
// business.
func (t *T) Refused(a Answer, codes ...uint32) {
	for _, code := range codes {
		if a.Result() == code {
			t.Expect(code/1000 != 3 || a.E(), "Result-Code %d with the E bit set", code)
			return
		}
	}
	t.Expect(false, "Result-Code %s", Codes(codes...))
}

// Codes names Result-Codes for people: 3002 or 3003.
func Codes(codes ...uint32) string {
	s := fmt.Sprint(codes[0])
	for _, code := range codes[1:] {
		s += fmt.Sprintf(" or %d", code)
	}
	return s
}

// Misses expects 5005. A Failed-AVP beside it need not be there, but where it is it
// holds an example of the AVP that is missing (RFC 6733 7.1.5).
func (t *T) Misses(a Answer, code, vendor uint32) {
	t.Refused(a, 5005)
	if len(a.All(octets.FailedAVP, 0)) > 0 {
		t.Blames(a, code, vendor)
	}
}

// Named reports whether an answer has the names of the subject, once each. Names
// are compared as the DNS does (RFC 6733 4.3.1).
func (t *T) Named(a Answer) bool {
	return len(a.All(originHost, 0)) == 1 && strings.EqualFold(a.Text(originHost), t.Subject.Host) &&
		len(a.All(originRealm, 0)) == 1 && strings.EqualFold(a.Text(originRealm), t.Subject.Realm)
}

// Blames expects a Failed-AVP with an AVP of a code and vendor, and returns it.
func (t *T) Blames(a Answer, code, vendor uint32) octets.AVP {
	avp, ok := a.Failed(code, vendor)
	t.Expect(ok, "a Failed-AVP that holds %s", octets.AVPName(code, vendor))
	return avp
}
