package load

import (
	"syscall"
	"time"
)

// exact lets the thread that calls it, and stays locked to it, sleep to some
// microseconds: Go's own timers and the kernel's default slack are coarser
// than what is measured.
func exact() {
	const setTimerSlack = 29 // PR_SET_TIMERSLACK
	// Where it is refused the send lag tells.
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
}

// sleep waits for about d, and may be woken earlier.
func sleep(d time.Duration) {
	if d <= 0 {
		return
	}
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil) // EINTR is being woken earlier
}
