// Package s13 is the S13 application of a server: what a request says, what is
// wrong with it, and the octets of each answer.
//
// It implements the server's part of TS 29.272 clauses 6.2 and 7 (ECR, ECA),
// the error handling of RFC 6733 clause 7, and reads and writes the base
// messages of clause 5 (CER/CEA, DWR/DWA, DPR/DPA; of a DWA or DPA that comes in, the
// header says all). It holds no state of a peer and knows no time: package peer
// decides when, this one what.
//
// A request takes one of two ways. Identity.Scan reads a usual ECR in one pass,
// without allocation; whatever it does not know for certain it leaves to
// Identity.Examine, which validates the whole message under limits and names
// its first fault. What Scan accepts Examine accepts, with the same Query.
// go-diameter lends its dictionary only: its decoder sees no octet from here.
//
// Of the parts of diameter/ it alone knows eir: an ECR becomes an
// eir.Query and an eir.Verdict an ECA, in one switch.
//
// Choices where the specifications are silent:
//
//   - Only the first fault is reported, in this order: version, length, header
//     bits, command and application, the lengths of all AVPs, routing, each AVP
//     in its order, missing AVPs in the order of the command's grammar.
//   - An AVP that the dictionaries know is tolerated anywhere, M bit or not,
//     where a grammar has *[AVP]. Vendor-Specific-Application-Id is ignored, and
//     a second DRMP or OC-Supported-Features too; no answer needs a DRMP, since
//     its priority is always the request's (RFC 7944).
//   - A Session-Id that is not the first AVP is understood.
//   - Inside a grouped AVP that is not read here, only lengths are judged.
//   - An ECA owes its peer a Session-Id; where the request has none that can be
//     read, it goes without.
package s13
