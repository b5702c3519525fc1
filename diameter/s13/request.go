package s13

import (
	"bytes"

	"paperweight/eir"
)

// Request is what an ECR says (TS 29.272 7.2.19). Its slices lie in the
// message that was read: they are valid until that buffer is used again. A
// slice is nil where its AVP was not sent.
type Request struct {
	SessionID       []byte
	OriginHost      []byte
	OriginRealm     []byte
	DestinationHost []byte
	// IMEI and SoftwareVersion are those of Terminal-Information, as sent.
	IMEI            []byte
	SoftwareVersion []byte
	UserName        []byte

	// Routed says that there is a Route-Record: an agent forwarded the request
	// (RFC 6733 6.1.9).
	Routed bool

	HopByHop, EndToEnd uint32
	// Priority is that of DRMP (RFC 7944): 0 is the highest.
	Priority uint8
	// Features says that there is an OC-Supported-Features (RFC 7683), and Loss
	// that it has the loss algorithm.
	Features, Loss bool
	// Report is told in the answer where Loss is set; nil is none. It is not
	// of the request: who answers sets it.
	Report *Report

	// Flags are the command flags of the header.
	Flags uint8

	// proxies is the message from the first Proxy-Info, at proxyStart, to the
	// end of the last. proxyLen is the sum of their lengths: it is less than
	// len(proxies) where other AVPs stand between them.
	proxies              []byte
	proxyStart, proxyLen int
}

// Query returns the question to the register at a time in Unix seconds. The
// User-Name of S13 is the IMSI (TS 29.272 6.2.1.1); of one in the form of a NAI,
// which some gateways send, the part before the `@` is taken.
func (r *Request) Query(at int64) eir.Query {
	imsi := r.UserName
	if i := bytes.IndexByte(imsi, '@'); i >= 0 {
		imsi = imsi[:i]
	}
	return eir.ParseQuery(r.IMEI, r.SoftwareVersion, imsi, at)
}

// addProxyInfo notes the Proxy-Info that msg[from:to] is.
func (r *Request) addProxyInfo(msg []byte, from, to int) {
	if r.proxies == nil {
		r.proxyStart = from
	}
	r.proxies = msg[r.proxyStart:to]
	r.proxyLen += to - from
}
