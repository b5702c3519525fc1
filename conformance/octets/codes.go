package octets

import "encoding/binary"

// Commands (RFC 6733 3.1, TS 29.272 7.2.1) and applications.
const (
	CapabilitiesExchange = 257
	DeviceWatchdog       = 280
	DisconnectPeer       = 282
	MEIdentityCheck      = 324

	AppBase  = 0
	AppS13   = 16777252
	AppRelay = 0xffffffff
)

// Vendor3GPP is the Vendor-Id of 3GPP.
const Vendor3GPP = 10415

// AVP codes of RFC 6733 4.5, RFC 7683 and RFC 7944: none has a Vendor-Id.
const (
	UserName                    = 1
	ProxyState                  = 33
	HostIPAddress               = 257
	AuthApplicationID           = 258
	AcctApplicationID           = 259
	VendorSpecificApplicationID = 260
	SessionID                   = 263
	OriginHost                  = 264
	SupportedVendorID           = 265
	VendorID                    = 266
	FirmwareRevision            = 267
	ResultCode                  = 268
	ProductName                 = 269
	DisconnectCause             = 273
	AuthSessionState            = 277
	OriginStateID               = 278
	FailedAVP                   = 279
	ProxyHost                   = 280
	ErrorMessage                = 281
	RouteRecord                 = 282
	DestinationRealm            = 283
	ProxyInfo                   = 284
	DestinationHost             = 293
	OriginRealm                 = 296
	ExperimentalResult          = 297
	ExperimentalResultCode      = 298
	InbandSecurityID            = 299
	DRMP                        = 301
	OCSupportedFeatures         = 621
	OCFeatureVector             = 622
	OCOLR                       = 623
	OCSequenceNumber            = 624
	OCValidityDuration          = 625
	OCReportType                = 626
	OCReductionPercentage       = 627
)

// AVP codes of S13 (TS 29.272 7.3), all of Vendor3GPP.
const (
	TerminalInformation = 1401
	IMEI                = 1402
	SoftwareVersion     = 1403
	EquipmentStatus     = 1445
	MEID                = 1471
)

// Text returns an AVP with the M bit and a value as it is.
func Text(code uint32, value string) AVP { return AVP{Code: code, Flags: M, Data: []byte(value)} }

// Number returns an AVP with the M bit and a value of four octets.
func Number(code, value uint32) AVP {
	return AVP{Code: code, Flags: M, Data: binary.BigEndian.AppendUint32(nil, value)}
}

// Group returns a grouped AVP with the M bit.
func Group(code uint32, inner ...AVP) AVP { return AVP{Code: code, Flags: M, Group: inner} }

// Of returns the AVP with the V bit and a vendor.
func (a AVP) Of(vendor uint32) AVP {
	a.Flags, a.Vendor = a.Flags|V, vendor
	return a
}

// Optional returns the AVP without the M bit.
func (a AVP) Optional() AVP {
	a.Flags &^= M
	return a
}

// Says returns the AVP with a length field that says n.
func (a AVP) Says(n int) AVP {
	a.Length = State(n)
	return a
}

// Phone returns a Terminal-Information with an IMEI and a Software-Version; a
// field that is empty is left out.
func Phone(imei, svn string) AVP {
	var inner []AVP
	if imei != "" {
		inner = append(inner, Text(IMEI, imei).Of(Vendor3GPP))
	}
	if svn != "" {
		inner = append(inner, Text(SoftwareVersion, svn).Of(Vendor3GPP))
	}
	return Group(TerminalInformation, inner...).Of(Vendor3GPP)
}

// S13Application returns the Vendor-Specific-Application-Id of S13.
func S13Application() AVP {
	return Group(VendorSpecificApplicationID, Number(VendorID, Vendor3GPP), Number(AuthApplicationID, AppS13))
}
