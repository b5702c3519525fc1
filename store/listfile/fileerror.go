package listfile

import (
	"errors"
	"fmt"
	"io"
)

// FileError says that a file can't be used at all; nothing of it counts.
type FileError struct {
	File string
	// Line is where reading stopped; 0 is before the first.
	Line int
	// Message says what is wrong and what to do.
	Message string
	// Cause is what the system said; it may be nil.
	Cause error
}

func (e *FileError) Error() string {
	s := e.File
	if e.Line > 0 {
		s = fmt.Sprintf("%s:%d", s, e.Line)
	}
	s += ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives errors.Is and errors.As the cause.
func (e *FileError) Unwrap() error { return e.Cause }

// readError words an error that reading a file ended with.
func readError(file string, line int, err error) error {
	var own *FileError
	if errors.As(err, &own) {
		own.File, own.Line = file, line
		return own
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &FileError{file, line, "the packed file ends too early; fetch it again", err}
	}
	return &FileError{file, line, "can't be read", err}
}
