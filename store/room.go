package store

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// reserveBytes is the space that lists leave free. Where Pebble's log meets a
// full disk, no change is taken until there is room; a list that does not fit
// must not bring that about. It is two memtables and their log.
const reserveBytes = 4 * memTableBytes

// Room reports why a list, or what is spooled of one, may not write need octets
// more beside the tables: an *Error, ErrDiskFull.
func (s *Store) Room(need int) error {
	disk, err := s.fs.GetDiskUsage(s.dir)
	// A file system that does not tell is written until it is full.
	if err != nil || disk.AvailBytes >= reserveBytes+uint64(need) {
		return nil
	}
	return &Error{Kind: ErrDiskFull, Path: s.dir,
		Cause:  fmt.Errorf("%d MiB are free; the list needs %d MiB for its next part, and leaves %d MiB to other changes", disk.AvailBytes>>20, need>>20, reserveBytes>>20),
		Remedy: "Nothing was changed. Free space on this file system, then import again."}
}

// roomToOpen reports why nothing should be begun on a disk that is full: each
// start that fails half way would take a part of what is left.
func (s *Store) roomToOpen() error {
	disk, err := s.fs.GetDiskUsage(s.dir)
	if err != nil || disk.AvailBytes >= memTableBytes {
		return nil
	}
	return &Error{Kind: ErrDiskFull, Path: s.dir,
		Cause:  fmt.Errorf("%d MiB are free, and a start needs %d MiB", disk.AvailBytes>>20, memTableBytes>>20),
		Remedy: "Nothing was changed. Free space on this file system, then start."}
}

// RoomFor reports why a file of so many octets may not be put into a folder of
// the system, which may share its disk with a store: an *Error, ErrDiskFull.
func RoomFor(folder string, octets int64) error {
	disk, err := vfs.Default.GetDiskUsage(folder)
	if err != nil || disk.AvailBytes >= reserveBytes+uint64(octets) {
		return nil
	}
	return &Error{Kind: ErrDiskFull, Path: folder,
		Cause:  fmt.Errorf("%d MiB are free; a file needs %d MiB, and leaves %d MiB to other changes", disk.AvailBytes>>20, octets>>20, reserveBytes>>20),
		Remedy: "What is in force stays. Free space on this file system."}
}
