// Package wire is Diameter as octets: the message header, the AVPs, the frame
// of a message in a stream, and functions that append all of these.
//
// It implements RFC 6733 clauses 3 (header), 4.1 (AVP header, padding) and 4.4
// (grouped AVPs), and names the codes of RFC 6733, RFC 7944, RFC 7683 and
// TS 29.272 that an S13 node meets.
//
// It knows bytes, not policy: what is wrong comes back as a Fault with its
// place, and the result code for it is chosen in package s13. Reading copies
// and allocates nothing, and appending allocates only where the capacity of
// the slice does not suffice. Whatever the octets, the time is linear in what
// the limits allow.
//
// The packages of diameter/ may import it; it imports the standard library's
// pure parts only: no sockets, no clock.
package wire
