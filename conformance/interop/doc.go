// Package interop holds tests against peers that others wrote: Debian's
// freeDiameterd as a relay (a DRA) between a go-diameter client and the
// register, and Wireshark's Diameter dissector as the reader of everything
// the register sends; the same daemon as a subject of the conformance suite; and SoftHSM as the keeper of a feed's keys. It holds no
// code but tests.
//
// They run where PAPERWEIGHT_INTEROP=1 is set, and then a missing tool is a
// failure: freeDiameterd, tshark and text2pcap, softhsm2-util and pkcs11-tool
// (Debian's packages freediameterd, tshark, softhsm2 and opensc), and the right
// to capture on loopback. Without it they are
// skipped and say so. The register is the program as users start it; nothing
// of it is imported.
//
// Covers: RFC 6733 5.3 (capabilities with a relay), 5.4 (disconnection, both
// ways), 5.5 (watchdog), 6.1 and 6.2 (routing by realm, Proxy-Info), TS 29.272
// 6.2 (every status); PKCS #11 with RFC 7512's URIs.
package interop
