package main

import (
	"bufio"
	"bytes"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// readLimits asks the system. It is done before the store takes its part of the
// memory that is available.
func readLimits() *limits {
	return &limits{openFiles(), leastMemory(os.DirFS("/"), uint64(debug.SetMemoryLimit(-1)))}
}

// leastMemory returns the least of GOMEMLIMIT, the bounds of the cgroups, and
// what the machine has available. Where root is no Linux's the others are not known.
func leastMemory(root fs.FS, goLimit uint64) (least memory) {
	take := func(by string, n uint64) {
		// What is not bounded is said by the greatest numbers there are.
		if n > 0 && n < math.MaxInt64>>1 && (least.bytes == 0 || n < least.bytes) {
			least = memory{n, by}
		}
	}
	take("GOMEMLIMIT", goLimit)
	take("MemAvailable, what this machine has left", available(root))
	for file := range bounds(root) {
		if text, err := fs.ReadFile(root, file); err == nil {
			n, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64) // "max" is no number, and no bound
			take("/"+file, n)
		}
	}
	return least
}

// available is MemAvailable in bytes.
func available(root fs.FS) uint64 {
	text, _ := fs.ReadFile(root, "proc/meminfo")
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			n, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10
		}
	}
	return 0
}

// bounds names the files that may bound this process's memory: its cgroup's and
// those of all above it, in version 2 and in version 1. A container may see its
// own cgroup as the root.
func bounds(root fs.FS) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		text, _ := fs.ReadFile(root, "proc/self/cgroup")
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			// hierarchy:controllers:path
			parts := strings.SplitN(lines.Text(), ":", 3)
			if len(parts) < 3 {
				continue
			}
			at, file := "sys/fs/cgroup", "memory.max"
			if parts[1] == "memory" {
				at, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
			} else if parts[1] != "" {
				continue
			}
			for dir := path.Clean("/" + parts[2]); ; dir = path.Dir(dir) {
				if !yield(path.Join(at, dir, file)) {
					return
				}
				if dir == "/" {
					break
				}
			}
		}
	}
}
