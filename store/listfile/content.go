package listfile

import "io"

// Content is a file: *os.File is one.
type Content interface {
	io.Reader
	io.ReaderAt
	io.Seeker
	io.Closer
}
