package wire

// Command codes (RFC 6733 3.1, TS 29.272 7.2.1).
const (
	CapabilitiesExchange uint32 = 257
	DeviceWatchdog       uint32 = 280
	DisconnectPeer       uint32 = 282
	MEIdentityCheck      uint32 = 324
)

// Application-Ids (RFC 6733 2.4, TS 29.272 7.1.8). S13 and S13' share one.
const (
	AppBase  uint32 = 0
	AppS13   uint32 = 16777252
	AppRelay uint32 = 0xffffffff
)

// Vendor3GPP is the Vendor-Id of 3GPP.
const Vendor3GPP uint32 = 10415

// AVP codes of the base protocol (RFC 6733 4.5), of DRMP (RFC 7944) and of
// overload (RFC 7683). None of them has a Vendor-Id.
const (
	UserName                    uint32 = 1
	ProxyState                  uint32 = 33
	HostIPAddress               uint32 = 257
	AuthApplicationID           uint32 = 258
	AcctApplicationID           uint32 = 259
	VendorSpecificApplicationID uint32 = 260
	SessionID                   uint32 = 263
	OriginHost                  uint32 = 264
	SupportedVendorID           uint32 = 265
	VendorID                    uint32 = 266
	FirmwareRevision            uint32 = 267
	ResultCode                  uint32 = 268
	ProductName                 uint32 = 269
	DisconnectCause             uint32 = 273
	AuthSessionState            uint32 = 277
	OriginStateID               uint32 = 278
	FailedAVP                   uint32 = 279
	ProxyHost                   uint32 = 280
	ErrorMessage                uint32 = 281
	RouteRecord                 uint32 = 282
	DestinationRealm            uint32 = 283
	ProxyInfo                   uint32 = 284
	DestinationHost             uint32 = 293
	ErrorReportingHost          uint32 = 294
	OriginRealm                 uint32 = 296
	ExperimentalResult          uint32 = 297
	ExperimentalResultCode      uint32 = 298
	InbandSecurityID            uint32 = 299
	DRMP                        uint32 = 301
	OCSupportedFeatures         uint32 = 621
	OCFeatureVector             uint32 = 622
	OCOLR                       uint32 = 623
	OCSequenceNumber            uint32 = 624
	OCValidityDuration          uint32 = 625
	OCReportType                uint32 = 626
	OCReductionPercentage       uint32 = 627
)

// AVP codes of S13 (TS 29.272 7.3), all with Vendor3GPP.
const (
	TerminalInformation uint32 = 1401
	IMEI                uint32 = 1402
	SoftwareVersion     uint32 = 1403
	EquipmentStatus     uint32 = 1445
	MEID                uint32 = 1471 // 3GPP2-MEID
)

// Result-Codes (RFC 6733 7.1) and the one Experimental-Result-Code of S13
// (TS 29.272 7.4.3.4), which stands with Vendor3GPP in an Experimental-Result.
const (
	DiameterSuccess                uint32 = 2001
	DiameterCommandUnsupported     uint32 = 3001
	DiameterUnableToDeliver        uint32 = 3002
	DiameterRealmNotServed         uint32 = 3003
	DiameterTooBusy                uint32 = 3004
	DiameterLoopDetected           uint32 = 3005
	DiameterApplicationUnsupported uint32 = 3007
	DiameterInvalidHdrBits         uint32 = 3008
	DiameterUnknownPeer            uint32 = 3010
	DiameterAVPUnsupported         uint32 = 5001
	DiameterAuthorizationRejected  uint32 = 5003
	DiameterInvalidAVPValue        uint32 = 5004
	DiameterMissingAVP             uint32 = 5005
	DiameterAVPOccursTooManyTimes  uint32 = 5009
	DiameterNoCommonApplication    uint32 = 5010
	DiameterUnsupportedVersion     uint32 = 5011
	DiameterUnableToComply         uint32 = 5012
	DiameterInvalidAVPLength       uint32 = 5014
	DiameterInvalidMessageLength   uint32 = 5015
	DiameterNoCommonSecurity       uint32 = 5017
	DiameterErrorEquipmentUnknown  uint32 = 5422
)

// Values of Equipment-Status (TS 29.272 7.3.51).
const (
	Whitelisted uint32 = 0
	Blacklisted uint32 = 1
	Greylisted  uint32 = 2
)

// Values of Auth-Session-State (RFC 6733 8.11).
const (
	StateMaintained   uint32 = 0
	NoStateMaintained uint32 = 1
)

// Values of Inband-Security-Id (RFC 6733 6.10).
const (
	NoInbandSecurity uint32 = 0
	InbandTLS        uint32 = 1
)

// Values of Disconnect-Cause (RFC 6733 5.4.3).
const (
	Rebooting            uint32 = 0
	Busy                 uint32 = 1
	DoNotWantToTalkToYou uint32 = 2
)
