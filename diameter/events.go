package diameter

import (
	"net/netip"
	"time"

	"paperweight/diameter/peer"
)

// Events is what a Server tells its owner. Each function may be nil. They are
// called on the connection's own goroutine, so they must not block and must
// not call the Server. Nothing is told of a single request.
type Events struct {
	// PeerOpen: a peer was admitted.
	PeerOpen func(PeerState)
	// PeerClosed: a peer that was open is gone, and why.
	PeerClosed func(PeerState, error)
	// Refused: a connection was closed before it was a peer's.
	Refused func(Refusal)
	// Watchdog: the watchdog of a peer changed its mind (RFC 3539).
	Watchdog func(host string, from, to peer.Status)
	// ForeignRealm: a peer delivered a check from a realm that may not ask. Told
	// once a minute for each connection at most; Stats.Foreign counts all. host
	// and realm are the request's Origin-Host and Origin-Realm, at most 255
	// octets of each: a stranger's words.
	ForeignRealm func(peer, host, realm string)
	// Unrouted: a peer delivered a check in the name of host without a
	// Route-Record. Told once for each connection; Stats.Unrouted counts all.
	// host is at most 255 octets, the peer's words.
	Unrouted func(peer, host string)
	// Batch: messages were answered together, in so long. Setting it costs a
	// second reading of the clock for each batch.
	Batch func(messages int, took time.Duration)
}

// Refusal is a connection that came to nothing.
type Refusal struct {
	// Remote is the other end.
	Remote netip.AddrPort
	// Cause is why.
	Cause Cause
	// Err says what Cause leaves open: what of TLS failed, what of the CER is
	// wrong, what the table has instead. It quotes the peer's words, bounded as
	// Host and Realm are. nil where there is nothing to add.
	Err error
	// Host and Realm are what the CER claimed, where one was read: at most
	// 255 octets of each. They are a stranger's words: quote them in a log.
	Host, Realm string
}

// Cause is why a connection was refused.
type Cause uint8

const (
	// TooMany: Config.MaxConns are there already.
	TooMany Cause = iota
	// TooManyUnidentified: the share of those without a CER, or their host's
	// of it, is used up.
	TooManyUnidentified
	// NoCER: nothing arrived in Config.CERTimeout, or the peer hung up.
	NoCER
	// NotACER: something else than a CER arrived first.
	NotACER
	// BadCER: the CER lacks what it must have, or is malformed.
	BadCER
	// UnknownPeer: no such Origin-Host in the table.
	UnknownPeer
	// WrongRealm: the host is known in another realm.
	WrongRealm
	// WrongAddress: the host is known at other addresses.
	WrongAddress
	// OwnHost: the CER claims to be this node.
	OwnHost
	// NoCommonApplication: neither S13 nor a relay.
	NoCommonApplication
	// NoCommonSecurity: the peer insists on inband security.
	NoCommonSecurity
	// AlreadyOpen: the peer is open on another connection.
	AlreadyOpen
	// ShuttingDown: the node is about to stop.
	ShuttingDown
	// TooManyHandshakes: its turn for a TLS handshake did not come in time.
	TooManyHandshakes
	// HandshakeFailed: TLS was not agreed on, or not in time.
	HandshakeFailed
	// NotTLS: the peer must use TLS (Peer.TLS), and came without.
	NotTLS
	// WrongCertificate: its certificate does not name the peer it claims to be.
	WrongCertificate
)

var causeNames = [...]string{
	"too-many", "too-many-unidentified", "no-cer", "not-a-cer", "bad-cer", "unknown-peer", "wrong-realm",
	"wrong-address", "own-host", "no-common-application", "no-common-security", "already-open", "shutting-down",
	"too-many-handshakes", "handshake-failed", "not-tls", "wrong-certificate",
}

// NumCauses is one more than the highest Cause, for arrays indexed by it.
const NumCauses = len(causeNames)

func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "cause(?)"
}

// MarshalText writes the name.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// PeerState is a peer as it is at one moment.
type PeerState struct {
	// Host and Realm are as the table has them; a laboratory peer's are as
	// its CER had them.
	Host  string `json:"host"`
	Realm string `json:"realm"`
	// Configured says that it is in the table.
	Configured bool `json:"configured"`
	// State is the connection's (RFC 6733 5.6); peer.Closed where there is
	// none.
	State peer.State `json:"state"`
	// Watchdog is the peer's (RFC 3539 appendix A).
	Watchdog peer.Status `json:"watchdog"`
	// Remote is the other end; not valid where there is none.
	Remote netip.AddrPort `json:"remote"`
	// FailedPaths are the other end's addresses that can't be reached at present,
	// where it is multi-homed (SCTP); the connection goes on over the others.
	FailedPaths []netip.Addr `json:"failed_paths,omitempty"`
	// TLS is its version, as "TLS 1.3"; empty without TLS.
	TLS string `json:"tls,omitempty"`
	// CertificateExpires is when the certificate that it showed does; zero
	// without TLS.
	CertificateExpires time.Time `json:"certificate_expires,omitzero"`
	// Since is when the connection was admitted, or when the last one
	// ended; zero where there never was one.
	Since time.Time `json:"since"`
	// ProductName is what the CER said, where it did: at most 255 octets.
	ProductName string `json:"product_name,omitempty"`
	// Checks counts the peer's checks that were answered, and Shed those that
	// were refused for overload; of a configured peer since it is in the table,
	// of others since the connection was admitted.
	Checks uint64 `json:"checks"`
	Shed   Shed   `json:"shed"`
	// OverloadReduction is how much less the peer's side is asked to send now, in
	// percent, where its requests support DOIC (RFC 7683); 0 is no overload.
	OverloadReduction uint32 `json:"overload_reduction"`
}
