// Package listfile reads the files in which lists of equipment travel, and
// writes the one format of our own.
//
// Members looks at a file (plain, gzip or zip, told by its content) and gives
// the lists in it; Detect tells a list's format by its name and header; a
// Reader then turns lines into Records. A line that can't be used is a Problem
// with file, line, column and reason, and the rest is read on; a file that
// can't be used is a *FileError, after which nothing of it may count. Memory is
// bounded whatever the file holds: see Limits.
//
// # Lines
//
// The first line that is not blank is the header; names are compared without
// case, columns may stand in any order, and columns that say nothing to us are
// ignored (MSISDN always is). Lines end with LF or CR LF; a byte order mark,
// blank lines and a last line without its end do no harm. Fields are separated
// by what separates the header: comma, semicolon, tab or bar. Fields may be
// quoted as in RFC 4180, but a quoted field ends with its line. A list of a
// header alone, or of nothing, is an empty list.
//
// # Identities
//
// An IMEI has 14, 15 or 16 decimal digits, and the first 14 count: a check digit
// is never looked at, and an IMEISV names the phone whatever its software. All
// zeros or one digit repeated are taken, since lists do name them. Anything else
// is a Problem with the class of eir.Form; shorter numbers are not filled up with
// zeros. The same equipment twice in a list is no problem: the later line counts.
//
// # Formats
//
// DIRBS-Core's output (type dirbs-..., names in Name): a blacklist is prohibited,
// notifications are tracked (with the day on which they will be blocked as
// their reference), exceptions permit an IMEI with an IMSI. A zip of DIRBS holds
// the full list and its deltas together. Deltas: blocked, changed, new and added
// put; unblocked, resolved, blacklisted and removed remove; no_longer_seen says
// that a subscriber was not seen again with a phone that stays tracked, so it
// changes nothing.
//
// DIRBS-Core's input: stolen (empty status or blacklist is prohibited, a
// recovered or pending phone is not, whatever an earlier line says; another status
// is a Problem), barred, barred-tac, pairing, gsma-tac (permitted; the reason is the
// maker, the reference the model). With a column change_type (add, update, remove)
// the first four are changes. A header of nothing but imei does not say that the
// phones are barred: the format must.
//
// # Our own format
//
// Format paperweight says everything that an eir.Entry can. Columns:
//
//	target     an IMEI, a TAC (8 digits) or FROM-TO, whose ends are IMEIs or TACs
//	imei, tac, from and to
//	           the same in columns of their own; one of them in a line
//	imsi       makes an exception: with an IMEI a whole IMSI; with any equipment
//	           a prefix that ends with *; alone, a whole IMSI
//	status     permitted, tracked or prohibited
//	svn        only these Software Version Numbers: 01 02
//	reason     text, up to 512 octets: of few different ones
//	reference  text, up to 128 octets: of the entry alone
//	date       when it was listed: YYYY-MM-DD, YYYYMMDD or RFC 3339
//	until      when it ends: the same
//	op         put (or nothing) or remove; with this column the file is a change
//
// Only what names equipment and status are needed. A column of another name is
// refused: it would be a misspelt one.
//
// The package knows no store: package intake brings Records there. Gateway and
// store/... may import it; it imports eir.
package listfile
