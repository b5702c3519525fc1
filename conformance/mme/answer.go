package mme

import (
	"encoding/binary"
	"fmt"
)

// Answer is what an MME acts on.
type Answer struct {
	// Result is the Result-Code, or the Experimental-Result-Code where that
	// came instead.
	Result uint32
	// Status is the Equipment-Status, or -1 where none came.
	Status int32
}

// Frame returns the length of the complete message that b begins with; 0
// where more bytes are needed. It fails on what can't be a Diameter message,
// after which the stream can't be trusted.
func Frame(b []byte) (int, error) {
	if len(b) < 4 {
		return 0, nil
	}
	word := binary.BigEndian.Uint32(b)
	n := int(word & 0xffffff)
	if word>>24 != 1 || n < HeaderLen || n%4 != 0 {
		return 0, fmt.Errorf("no Diameter message: version %d, length %d", word>>24, n)
	}
	if len(b) < n {
		return 0, nil
	}
	return n, nil
}

// IDs returns the Hop-by-Hop and End-to-End Identifiers of a complete message.
func IDs(msg []byte) (hopByHop, endToEnd uint32) {
	return binary.BigEndian.Uint32(msg[12:]), binary.BigEndian.Uint32(msg[16:])
}

// IsRequest reports whether the R bit is set.
func IsRequest(msg []byte) bool { return msg[4]&flagRequest != 0 }

// IsCapabilities reports whether the message is a CER or a CEA.
func IsCapabilities(msg []byte) bool { return command(msg) == commandCapabilities }

// IsDisconnect reports whether the message is a DPR or a DPA.
func IsDisconnect(msg []byte) bool { return command(msg) == commandDisconnect }

func command(msg []byte) uint32 { return binary.BigEndian.Uint32(msg[4:]) & 0xffffff }

// ReadAnswer reads a complete answer. It allocates only to fail: on a length
// that leaves its message, naming the offset.
func ReadAnswer(msg []byte) (Answer, error) {
	a := Answer{Status: -1}
	err := a.read(msg, HeaderLen, true)
	return a, err
}

// read walks the AVPs from msg[at:]. Of the grouped ones it enters
// Experimental-Result alone, and that only at the top: an answer can't make
// it nest.
func (a *Answer) read(msg []byte, at int, top bool) error {
	for at < len(msg) {
		if len(msg)-at < 8 {
			return fmt.Errorf("offset %d: %d bytes are no AVP", at, len(msg)-at)
		}
		code := binary.BigEndian.Uint32(msg[at:])
		word := binary.BigEndian.Uint32(msg[at+4:])
		length, data := int(word&0xffffff), at+8
		if word>>24&avpV != 0 {
			data += 4
		}
		end := at + length
		if end < data || end > len(msg) {
			return fmt.Errorf("offset %d: AVP %d has length %d", at, code, length)
		}
		switch code {
		case 268, 298, 1445:
			if end-data != 4 {
				return fmt.Errorf("offset %d: AVP %d has %d bytes, not 4", at, code, end-data)
			}
			value := binary.BigEndian.Uint32(msg[data:])
			if code == 1445 {
				a.Status = int32(value)
			} else {
				a.Result = value
			}
		case 297:
			if !top {
				break
			}
			if err := a.read(msg[:end], data, false); err != nil {
				return err
			}
		}
		at = (end + 3) &^ 3
	}
	return nil
}
