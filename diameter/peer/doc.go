// Package peer holds the two state machines of a Diameter peer, as a node that
// only ever answers calls sees them.
//
//   - Machine: one connection, RFC 6733 5.6 with the initiator's rows left out
//     (a register opens no connections, so there is no election either).
//   - Watchdog: one peer across its connections, RFC 3539 3.4.1 and the table
//     of its appendix A.
//
// Both are pure: an event and the time go in, actions come out. They open no
// socket, start no goroutine and read no clock; randomness is an argument. What
// a message says is not their business either: whoever drives them has parsed
// it, has matched an answer to the request it answers, and has decided whether
// a CER is acceptable. That is why their tests are transcripts (testdata).
//
// # What a request gets while the watchdog is not content
//
// RFC 3539 is written for the side that asks. Its Failover, Failback and
// Throwaway say where a client sends its requests and whose answers it still
// believes. A register sends no requests but DWR and DPR, so nothing is there
// to fail over, and of these three actions it only reports the first two.
//
// Throwaway (REOPEN, Receive non-DWA) needs an argument, for taken literally it
// would lose checks. A peer whose last connection died comes back in REOPEN
// and stays there for three watchdog rounds, about a minute. Its own watchdog
// is a machine of its own, which may be content all that time; so it will send
// requests at once, and a phone waits behind each. Thrown away, each would
// time out at the peer. So what is thrown away is the message as evidence of
// health: it neither resets the timer nor leaves REOPEN. As a message it goes
// on to Machine, where RFC 6733 5.6 has for it the row "R-Open, R-Rcv-Message,
// Process", and is answered. The same holds for a DWR in REOPEN: were it not
// answered, two nodes that both reopen would each wait for the other's DWA and
// close.
//
// In SUSPECT the question does not arise: any message leads back to OKAY.
//
// Only package diameter imports this one; it imports the standard library.
package peer
