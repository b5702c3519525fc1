// Package suite holds the conformance cases for an EIR, in files named by the
// clause that they try. Each case states its requirement in its own words, and
// can fail: the tests of this package show which fail against servers that most
// people would write, and that each of some dozens of defects put into our own
// server is found.
//
// Where a specification lets an EIR choose, a case takes all that is allowed, or
// goes by what subject.yaml declares. A case never looks at what an answer need
// not have, at the order of AVPs beyond what a grammar fixes, or at texts for
// people. The tests hold it to that: an odd EIR, which keeps every MUST and takes
// every liberty, fails no case.
//
// What a subject does under load is tried where subject.yaml tells of a bound on
// checks a second, at four times of it; what it does when it is stopped, or can't
// read its lists, where subject.yaml has commands for that.
//
// RFC 3539's trial of a connection that failed (REOPEN, until three DWAs) is a
// client's matter in what it holds back, which a server shows to nobody; but its
// DWRs show, since traffic does not put them off while the trial lasts:
// rfc3539/3.4.1/three-answers.
//
// It imports judge, which runs cases, and octets, by which they speak; the
// command imports it.
package suite
