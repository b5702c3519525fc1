//go:build unix

package main

import "syscall"

// openFiles is how many files this process may have open. Go has raised the soft
// limit to the hard one by itself, as it started.
func openFiles() uint64 {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 0
	}
	return uint64(r.Cur)
}
