// Package eir decides what an Equipment Identity Register answers.
//
// It holds one identity for 14, 15 and 16 digits (TS 23.003 6.2), the entries
// that name prohibited, tracked and permitted equipment, a Policy with a
// declared precedence, and the Register, whose Check is the only place where
// an answer is decided and whose Explain gives the whole chain behind one.
//
// It is pure: no I/O, no clock, no logger. The time of a check travels in the
// Query, and what is listed comes through the Lists interface, which package
// store implements on disk and Memory implements in RAM.
//
// It does not know which door asked: a status here is a domain word
// (permitted, prohibited, tracked, unknown), and package diameter turns it
// into an Equipment-Status or a result code in one switch.
//
// Every package of the house may import it; it imports none of them.
package eir
