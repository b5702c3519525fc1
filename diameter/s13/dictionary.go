package s13

import (
	"fmt"

	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"

	"paperweight/diameter/wire"
)

// definition is what is known of one AVP.
type definition struct {
	name    string
	grouped bool
	// fixed says that the value has exactly least octets (RFC 6733 4.2).
	fixed bool
	// least is the minimum length of the value in octets.
	least int
}

// dictionary holds every AVP of every application that go-diameter describes,
// by vendor and code: an AVP of another application may stand in an ECR, which
// ends with *[AVP]. It does not change once made.
type dictionary map[wire.Key]definition

func newDictionary() dictionary {
	d := dictionary{}
	for _, app := range dict.Default.Apps() {
		for _, a := range app.AVP {
			n := definition{name: a.Name, grouped: a.Data.Type == datatype.GroupedType}
			n.least, n.fixed = valueLength(a.Data.Type)
			d[wire.KeyOf(a.Code, a.VendorID)] = n
		}
	}
	// What the dictionaries leave out and this node understands, if only to
	// ignore it: RFC 7683 7 and RFC 7944 9.
	for code, n := range map[uint32]definition{
		wire.DRMP:                  {"DRMP", false, true, 4},
		wire.OCSupportedFeatures:   {"OC-Supported-Features", true, false, 0},
		wire.OCFeatureVector:       {"OC-Feature-Vector", false, true, 8},
		wire.OCOLR:                 {"OC-OLR", true, false, 0},
		wire.OCSequenceNumber:      {"OC-Sequence-Number", false, true, 8},
		wire.OCValidityDuration:    {"OC-Validity-Duration", false, true, 4},
		wire.OCReportType:          {"OC-Report-Type", false, true, 4},
		wire.OCReductionPercentage: {"OC-Reduction-Percentage", false, true, 4},
	} {
		d[wire.KeyOf(code, 0)] = n
	}
	// TS 29.272 7.3.4 and 7.3.5: their types say UTF8String, their text
	// 14 digits and 2.
	for code, least := range map[uint32]int{wire.IMEI: 14, wire.SoftwareVersion: 2} {
		n := d[wire.KeyOf(code, wire.Vendor3GPP)]
		n.least = least
		d[wire.KeyOf(code, wire.Vendor3GPP)] = n
	}
	return d
}

// valueLength returns the minimum length of a value in octets, and whether it
// is the only one (RFC 6733 4.2, 4.3).
func valueLength(t datatype.TypeID) (least int, fixed bool) {
	switch t {
	case datatype.Integer32Type, datatype.Unsigned32Type, datatype.Float32Type,
		datatype.EnumeratedType, datatype.TimeType, datatype.IPv4Type:
		return 4, true
	case datatype.Integer64Type, datatype.Unsigned64Type, datatype.Float64Type:
		return 8, true
	case datatype.IPv6Type:
		return 16, true
	case datatype.AddressType:
		return 6, false // the family and an IPv4 address
	case datatype.DiameterIdentityType:
		return 1, false // no name is empty
	case datatype.DiameterURIType:
		return len("aaa://x"), false
	}
	return 0, false
}

func (d dictionary) knows(code, vendor uint32) bool {
	_, ok := d[wire.KeyOf(code, vendor)]
	return ok
}

func (d dictionary) grouped(code, vendor uint32) bool { return d[wire.KeyOf(code, vendor)].grouped }

// name returns the AVP's name, or its numbers.
func (d dictionary) name(code, vendor uint32) string {
	if n, ok := d[wire.KeyOf(code, vendor)]; ok {
		return n.name
	}
	if vendor == 0 {
		return fmt.Sprintf("AVP %d", code)
	}
	return fmt.Sprintf("AVP %d of vendor %d", code, vendor)
}
