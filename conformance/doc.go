// Command conformance judges an equipment identity register from outside, as
// its peers see it: by what it answers on the wire.
//
// It shares nothing with the register but the specifications. It imports
// go-diameter and its own parts, never diameter, store, eir or gateway: a
// shared codec hides shared mistakes. So it can be pointed at any EIR.
//
//	conformance/          the commands, one a file
//	conformance/suite/    the cases, in files named by clause
//	conformance/judge/    runs cases, and reports
//	conformance/octets/   messages as octets, honest or not
//	conformance/mme/      an MME's requests and answers as bytes, for the load
//	conformance/load/     a load generator, open and closed loop, and its limit, an echo
//	conformance/sctp/     the calling end of SCTP
//	conformance/callee/   somebody to call, for tests
//	conformance/interop/  tests against real peers: a relay and a dissector
//
// Imported by nobody.
package main
