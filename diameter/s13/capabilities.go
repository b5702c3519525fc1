package s13

import "net/netip"

// Capabilities are what one node says of itself in CER or CEA (RFC 6733 5.3).
type Capabilities struct {
	OriginHost, OriginRealm string
	// HostIPAddresses are the addresses that the node may use on the connection.
	HostIPAddresses []netip.Addr
	// VendorID is who made the node; 0 is not told.
	VendorID    uint32
	ProductName string
	// OriginStateID grows with each loss of state; 0 is not sent.
	OriginStateID uint32
	// FirmwareRevision is not sent where it is 0.
	FirmwareRevision uint32
}
