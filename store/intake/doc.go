// Package intake carries list files into the store: one import is one change,
// in force as a whole or not at all.
//
// Run finds out what the files are (store/listfile reads them), whether they
// are a list or change one, and whether they follow what was applied last; it
// streams their lines to the store, reports every line that could not be used,
// and holds what looks like a mistake until it is confirmed. Whatever ends an
// import early (a truncated file, a report that can't be written, a cancelled
// context, a held list) leaves the source as it was.
//
// # Sources
//
// A list is kept under a source, by default named as its format; a DIRBS delta
// belongs to the source of its full list. Several files of one whole-list
// format are one list together. A file of format paperweight with a column op,
// or of an operator format with a column change_type, changes its source; all
// others replace it.
//
// A zip of DIRBS holds a full list and the deltas of the same run: the full
// list is imported, and the deltas beside it tell its run. With --format
// dirbs-blacklist-delta the deltas are. Of a zip without DIRBS names every
// .csv and .txt is read.
//
// # Deltas of DIRBS
//
// A delta goes from run base to run run, in one file for each event. The files
// of one run may come together, which is best, or one by one. What was applied
// stands in the source's Mark; see chain.go for what may follow what. A delta
// from empty (base -1) is a whole list and replaces the source's.
//
// Notifications list an IMEI once for each subscriber; here it is tracked once,
// and the end of one subscriber's notification (resolved) ends it. Where another
// subscriber's still stands, the next full list tracks the phone again.
//
// Gateway may import it; it imports store and store/listfile.
package intake
