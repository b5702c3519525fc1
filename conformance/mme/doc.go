// Package mme is the simulated MME's half of S13, as bytes: the requests that
// an MME sends and as much of an answer as it acts on.
//
// It is written by hand from TS 29.272 and RFC 6733, beside and not on top of
// the register's own codec: a shared codec would hide shared mistakes. It
// knows no sockets and judges nothing.
//
// Implements: RFC 6733 3 (header), 4.1 (AVP), 5.3.1 (CER), 5.4.1 (DPR); TS
// 29.272 7.2.19 (ECR), 7.3 (AVPs).
//
// Imported by the parts of conformance/ alone.
package mme
