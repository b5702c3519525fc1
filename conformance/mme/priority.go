package mme

// AppendDRMP appends a Diameter Routing Message Priority, 0 (the highest) to
// 15, to the message that b consists of (RFC 7944 9.1). It has no M bit: who
// does not know it passes over it.
func AppendDRMP(b []byte, priority uint32) []byte {
	return finish(appendUint32(b, 301, 0, 0, priority), 0)
}
