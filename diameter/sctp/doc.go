// Package sctp is Diameter's other transport: associations of the kernel's SCTP
// as net.Conn, for diameter.Server.Serve (RFC 6733 2.1.1, RFC 9260, RFC 6458).
//
//	config.go          what can be set, and what it tells its owner
//	boundary.go        a Diameter message ends where an SCTP message ends
//	address.go         the kernel's addresses
//	socket_linux.go    a socket on Go's poller
//	listener_linux.go  an endpoint
//	conn_linux.go      one association
//	read_linux.go      many messages a wake-up
//	write_linux.go     many answers a system call, few packets
//	notify.go          what the kernel tells of an association
//	paths.go           which of a peer's addresses can't be used at present
//	options_linux.go   socket options
//	unsupported.go     systems that have none
//
// Sockets are one-to-one and do not block: whoever waits is a goroutine, not a
// thread, and deadlines and Close work as on TCP. A connection implements
// diameter.MessageWriter, diameter.MultiHomed and diameter.MultiPath. It sends
// with payload protocol identifier 46 on stream 0, ordered until the peer has
// shown that it knows of the CEA and unordered from then on, and takes messages
// from any stream. After it is accepted, reading and writing allocate nothing.
//
// # What is not here
//
// DTLS over SCTP (PPID 47): Linux has none in the kernel, and networks protect
// SCTP with IPsec. Nor is there a dialer: a register calls nobody.
//
// Of ishidawataru/sctp it takes the encoding of addresses and the numbers. Its
// own socket calls are not used: they block, hand the kernel addresses of
// variables that the runtime may move, and drop MSG_EOR.
//
// It knows Diameter's framing (package wire) and nothing else of Diameter;
// gateway imports it. vm is the machine that its tests run in.
package sctp
