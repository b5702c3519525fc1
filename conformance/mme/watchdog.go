package mme

// IsWatchdog reports whether the message is a DWR or a DWA.
func IsWatchdog(msg []byte) bool { return command(msg) == 280 }
