// Package format reads and writes the files of a feed: snapshots, which hold a
// whole list, and deltas, which lead from one state of a list to a later one.
//
// It is bytes in, changes out, and back: io.Reader and io.Writer, no network,
// no store, no keys. Who may publish a file is decided by package trust; here
// is found out whether the file is whole, what it follows and where it leads.
// Package store and what lies below it may import it, and gateway; it imports
// eir.
//
// This page defines the format, so that others can read and write it.
// Numbers of a fixed size are big-endian. A uvarint is 7 bits an octet, least
// significant first, with the top bit set in all but the last (as in protocol
// buffers). IMEIs are the first 14 digits as a number. An IMSI, or the leading
// digits of one, is packed: number of digits times 2^50, plus their value.
//
// # States
//
// A list goes through states. A state has an EPOCH and a SEQUENCE, both
// counted from 1; a number of entries; a DIGEST of them; and a LINK, the
// SHA-256 of the file that first reached this sequence. A new epoch is a new
// beginning (the authority lost its history, or gives one up); only a snapshot
// makes one, and inside it sequences only grow.
//
// A snapshot may be applied to a state of an older epoch, or to one of the
// same epoch whose sequence is not greater. Where it is equal, the links must
// be equal: so a list that diverged is brought back. A delta may be applied to
// the very state that it names, and to no other: epoch, sequence, link, number
// and digest are all compared.
//
// # File
//
// A file is a header, blocks, and an end mark; nothing follows. The header:
//
//	  0    8  magic: 89 50 57 46 0d 0a 1a 0a
//	  8    1  version: 1
//	  9    1  kind: 1 snapshot, 2 delta
//	 10    6  zero
//	 16    8  when it was made, Unix seconds, signed; for operators alone
//	 24    8  epoch
//	 32    8  number of records in the file
//	 40    8  sequence of the list   \
//	 48    8  number of its entries   | after the file
//	 56   32  its digest              | is applied
//	 88   32  its link, or zero      /
//	120   80  the same four before it is applied; zero in a snapshot
//	200    4  CRC-32C (Castagnoli) of octets 0 to 199
//
// A zero link means this file's own SHA-256. A snapshot of a state that a
// delta reached names that delta's, and so does a delta over several
// sequences: then all ways to a state end in the same link, and the next delta
// follows them all. A snapshot has as many records as entries; the sequence
// before a delta is not 0, its link not zero, and its sequence after greater,
// by 1,048,576 at most.
//
// # Blocks
//
// A block holds 1 to 32,768 records of one class, in twelve columns:
//
//	  0    1  class: 1 equipment, 2 malformed identities, 3 ranges, 4 subscribers
//	  1    3  zero
//	  4    4  number of records
//	  8   96  for each column in order: 4 octets, its length; 4, how many it takes here
//	104       the columns, in order
//
// A column that takes as many octets as it is long stands there as it is. One
// that takes fewer is a single zstd frame (RFC 8878), without a dictionary,
// that states its content size; that size is the length given here. None takes
// more. The columns of a block are at most 4,194,304 octets long together. So
// all sizes are known, and can be refused, before anything is decompressed. The
// end mark is a block head of 104 zero octets.
//
// The columns; an empty one takes no octets:
//
//	 0 reasons    the reasons that no earlier block brought, each a uvarint length
//	              (at most 512) and the text. The reasons of a file are numbered
//	              from 0 as they come: at most 262,144, of 33,554,432 octets together.
//	 1 record     an octet a record: bits 0 to 2 kind, 3 limited to SVNs, 4 has an
//	              old value, 5 has a new value; 6 and 7 zero
//	 2 place      a uvarint a record: in the malformed class the length of the
//	              identity, else the place less that of the record before it in the
//	              block, or less 0
//	 3 width      ranges: a uvarint a record, last IMEI less first
//	 4 IMSI       kinds 4 and 5: the packed IMSI, 8 octets
//	 5 SVNs       where limited: 16 octets, a set of the SVNs 0 to 99, not empty. SVN
//	              n is the bit of value 2^(n mod 64) in the first 8 octets for n < 64,
//	              else in the second
//	 6 value      an octet a value: bits 0 and 1 status (1 permitted, 2 tracked,
//	              3 prohibited), 2 has a date, 3 has an end, 4 has a reference; rest zero
//	 7 reason     a uvarint a value: the number of its reason
//	 8 date       a moment a value that has one: when the source listed it
//	 9 until      a moment a value that has one: when the entry ends
//	10 reference  a uvarint a value that has one: its length, 1 to 128
//	11 text       malformed identities and references, one behind the other, in the
//	              order in which the records use them
//
// A column holds its items in the order of the records, and in a record the
// old value before the new. A record with a new value alone adds an entry, with
// an old one alone removes it, with both changes it; in a snapshot all add.
// Texts are octets, UTF-8 by intent. A moment is a time t in Unix seconds, not 0
// and within 2^60 of it, as the number m: 2(t/86400) where 86400 divides t, else
// 2t+1. Its column has of the first one m less 0, and of each other one m less
// the first; the difference d as a uvarint, of 2d where it is not negative, else
// of -2d-1.
//
// Kinds, and the places by which their class is sorted:
//
//	0 malformed class  1 to 16 of 0-9 A-F a-f * #, as the list wrote them, that are
//	                   not 14, 15 or 16 digits      place: the octets
//	1 equipment        one IMEI                     place: the IMEI
//	2 ranges           a TAC, from its serial number
//	                   000000 to 999999             place: first IMEI, then last
//	3 ranges           IMEIs from first to last     place: first IMEI, then last
//	4 equipment        an IMEI with an IMSI         place: the IMEI
//	5 ranges           IMEIs from first to last with
//	                   IMSIs of a prefix            place: first IMEI, then last
//	6 subscribers      an IMSI alone                place: the packed IMSI
//
// The records of a file ascend strictly by class, place, kind, limited to SVNs
// or not, packed IMSI, and the two halves of the SVNs. Two that are equal in
// all of these are the same entry, listed twice. This is also the order of the
// store's keys, so a snapshot becomes tables without being sorted.
//
// # Digest
//
// The digest of a list is the sum, modulo 2^256, of the SHA-256 of the
// canonical form of each entry, read as big-endian numbers. The form:
//
//	1     record octet, bits 0 to 3 as above, the rest zero
//	      equipment: IMEI (8); ranges: first and last IMEI (8 each);
//	      malformed: length (1) and octets; subscribers: nothing
//	8     packed IMSI, kinds 4 to 6
//	16    SVNs, where limited
//	1     value octet, as above
//	2     length of the reason, and the reason
//	8     date, signed Unix seconds, where flagged
//	8     end, likewise
//	1     length of the reference, and the reference, where flagged
//
// A sum can be taken up in any order and taken back, so a delta brings it up to
// date in the time of the delta; most forms fit one block of SHA-256. It tells
// that two lists are not the same, after a fault in a disk or a program. It is
// not meant to withstand someone who makes up entries so that the sum comes
// out right, which is feasible for a sum of this size with many entries: what
// keeps those away is the signature of the file.
//
// # Reading
//
// A reader refuses each of these with an error of its own (errors.go), and
// nothing of the file may take effect before its end was reached without one.
// A node that applies a delta must also compare each old value with what it
// holds: the digest of the header alone would be right although the list never
// had the entry. Where they differ, the node has diverged; it stops applying,
// goes on answering, and takes a snapshot.
package format
