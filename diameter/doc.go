// Package diameter is the S13 door of the register: it listens, admits peers,
// and turns each ME-Identity-Check-Request into a question and its verdict into
// an answer (3GPP TS 29.272 clauses 6 and 7 over RFC 6733 and RFC 3539).
//
// Its parts know one thing each: wire knows bytes, s13 knows messages, peer
// knows states; none of them opens a socket or reads a clock. This package
// does both, and nothing else.
//
//	config.go     what can be set, and why
//	events.go     what it tells its owner
//	server.go     listeners, acceptance
//	crowd.go      the share of those that have not said who they are
//	transport.go  what a transport other than TCP implements
//	tls.go        TLS from the first octet on; certificates.go: its files
//	table.go      who may connect, and who is connected
//	conn.go       one connection: the loop that owns it
//	timers.go     its deadlines, its watchdog, wishes of others
//	message.go    one message: the fast way and the other way
//	base.go       the actions of its machine, DPR
//	admission.go  CER
//	gate.go       which checks are answered when there are too many
//	line.go       how long the checks of a connection have waited, and which too long
//	cores.go      how long who is ready waits for a core
//	rate.go       rates, and what each priority may use of them
//	doic.go       overload reports
//	realms.go     who may ask, whoever delivers it
//	stats.go      counters
//	shutdown.go   the planned end; a new table, another rate
//
// COMPLIANCE.md goes through the clauses.
//
// # One connection
//
// One goroutine owns a connection: its buffers, its machine and, while the peer
// is open, the peer's watchdog. It reads once, answers every complete message
// of what it read into one output, and writes that once. So a batch of checks
// costs two system calls, one reading of the clock and, on the fast way, no
// allocation, lock or log. It writes earlier only where the output passes 48
// KiB, so a peer that does not read blocks its own goroutine with a bounded
// output, and is disconnected after Config.WriteTimeout.
//
// Other goroutines never touch that state. They set a flag and let the read
// deadline pass, and the owner looks up.
//
// # What is not here
//
// SCTP, which is package sctp. Serve takes a net.Listener, so that transports
// are somebody else's business; one that keeps messages apart implements
// MessageWriter.
//
// It imports eir and its own parts, never store or gateway; gateway imports it.
package diameter
