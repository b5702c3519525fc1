// Package mme asks an EIR what an MME asks: ME-Identity-Check over S13
// (TS 29.272 6.2.1, 7.2.19, 7.2.20) after a capabilities exchange (RFC 6733
// 5.3), over TCP or TLS (2.1), and leaves with a Disconnect-Peer-Request (5.4). It
// is the client behind `paperweight check`.
//
// It is made of go-diameter alone and shares no code with the register's
// door, so that the two don't share mistakes. It is no load generator: one
// question at a time. Since go-diameter can be brought down by hostile bytes,
// ask only an EIR that you trust that far.
//
// Package gateway imports it, and nobody else.
package mme
