// Package sctp calls a subject over SCTP (RFC 6733 2.1.1, RFC 6458): one-to-one
// associations of the kernel, on Go's poller, as net.Conn.
//
// It shares nothing with the register's own transport but the kernel: each makes
// the socket calls itself, so that a mistake in one is seen by the other. It is
// for conformance alone, and needs Linux with SCTP in its kernel.
package sctp
