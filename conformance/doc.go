// Command conformance judges an equipment identity register from outside, as
// its peers see it: by what it answers on the wire.
//
// It shares nothing with the register but the specifications. It imports
// go-diameter and its own parts, never diameter, store, eir or gateway: a
// shared codec hides shared mistakes. So it can be pointed at any EIR.
//
//	conformance/          the commands, one a file
//	conformance/mme/      an MME's requests and answers as bytes
//	conformance/load/     a load generator, open and closed loop, and its limit, an echo
//	conformance/interop/  tests against real peers: a relay and a dissector
//
// The suite by clause will stand in conformance/suite, cases in files named
// by their clause, on top of mme; its command is then `run`, beside `load`.
//
// Imported by nobody.
package main
