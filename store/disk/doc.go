// Package disk stands between Pebble and a disk that may fail.
//
// Pebble ends the process where its next log, its manifest or the sync of its
// directory fails: it calls Logger.Fatalf, or it panics. A call that merely
// takes long does it no harm. So a Gate lets no failure of a call that modifies
// reach Pebble: the call is parked inside the Gate. A call that may be made
// again is made again until it is done; one that may not stays parked for as
// long as the process lives. Which is which stands in judge.go.
//
// A Gate holds no lock while it calls the disk or waits. Calls that read pass
// through it, and files that are opened for reading are not wrapped at all.
//
// It knows nothing of stores. Package store may import it; it imports Pebble's
// vfs alone.
package disk
