// Package octets writes and reads Diameter messages octet by octet, for a judge:
// what it writes may lie (a length, a flag, a padding that is not there), and
// what it reads is trusted in nothing.
//
// It implements RFC 6733 3 (header), 4.1 (AVP) and 4.4 (grouped AVPs). Of
// go-diameter it uses the dictionary alone, to name what it prints; octets from
// a socket reach that library's decoder only after Parse and Sound have passed
// them.
//
// It is no part of the register, and shares no code with it: a shared codec
// hides shared mistakes. Imported by the parts of conformance/ alone.
package octets
