// Package judge runs conformance cases against a subject, an EIR at the other
// end of a connection, and reports what it found. It knows how to judge; what to
// ask for, clause by clause, is in package suite.
//
//	case.go      a case: its clause, its requirement, what it needs
//	subject.go   what is known of the subject: subject.yaml
//	setup.go     the way to the subject, and whose names are free on it
//	drive.go     how the subject is brought to where it refuses, fails and stops
//	command.go   the tester's commands that stop, start, break and mend it
//	flood.go     more checks than the subject answers
//	prepare.go   what a subject has to be told before: lists, peers
//	run.go       selection, order, jobs
//	t.go         one case under way: expectations and the transcript
//	conn.go      one connection of a case: octets out, messages in
//	peer.go      what a peer says: CER, DWR, DPR, ECR
//	answer.go    what an answer says
//	result.go    outcomes, expected failures
//	text.go, junit.go, html.go
//	             reports
//
// # Outcomes
//
// A case has passed, failed, warned (a SHOULD that the subject does not keep;
// strict makes it a failure) or was not run, and then the reason stands beside
// it. What did not run has never passed. A failure shows what was expected, what
// was sent last and what came, decoded and as octets.
//
// # What it sends and what it reads
//
// Messages go out as octets that may lie; nothing that comes in is trusted:
// see package octets. A DWR of the subject is answered while a case waits for
// something else, unless the case says otherwise. What is kept of a subject that
// never stops to send is bounded, and what it says is printed without control
// characters: see visible.
//
// It imports octets; package suite and the command import it.
package judge
