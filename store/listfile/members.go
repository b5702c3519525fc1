package listfile

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"path"
	"strings"
)

// Member is one list in a file: the file itself, or a file in an archive.
type Member struct {
	// Name is the file's, or "ARCHIVE:NAME".
	Name string
	// Size is what Stream.Done reaches: packed octets of a gzip, unpacked
	// ones otherwise.
	Size int64
	open func() (*Stream, error)
}

// Open begins to read the member, unpacked. Close the Stream before the
// Content that the member came from.
func (m *Member) Open() (*Stream, error) { return m.open() }

// Members looks at what a file is, by its content and not by its name, and
// returns the lists in it: one for a plain or gzip file, every .csv and .txt
// of a zip in its order. What else a zip holds comes back in skipped.
func Members(name string, c Content, limits Limits) (members []Member, skipped []string, err error) {
	limits = limits.withDefaults()
	size, err := c.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, nil, &FileError{name, 0, "can't be read", err}
	}
	head := make([]byte, 512)
	n, err := c.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, nil, &FileError{name, 0, "can't be read", err}
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return zipMembers(name, c, size, limits)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return []Member{{name, size, func() (*Stream, error) { return openGzip(name, c, size, limits) }}}, nil, nil
	}
	for magic, what := range map[string]string{
		"BZh": "a bzip2 file", "\xfd7zXZ": "an xz file", "7z\xbc\xaf": "a 7-Zip file", "\x28\xb5\x2f\xfd": "a zstd file",
		"%PDF": "a PDF", "\xd0\xcf\x11\xe0": "an old Excel file", "\xff\xfe": "UTF-16 text", "\xfe\xff": "UTF-16 text",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, nil, &FileError{name, 0, "is " + what + "; plain UTF-8 CSV, .gz and .zip are read: convert it", nil}
		}
	}
	if bytes.IndexByte(head, 0) >= 0 {
		return nil, nil, &FileError{name, 0, "is not text; plain UTF-8 CSV, .gz and .zip are read", nil}
	}
	return []Member{{name, size, func() (*Stream, error) {
		return newStream(io.NewSectionReader(c, 0, size), nil, limits), nil
	}}}, nil, nil
}

func openGzip(name string, c Content, size int64, limits Limits) (*Stream, error) {
	packed := &counter{r: io.NewSectionReader(c, 0, size)}
	unpack, err := gzip.NewReader(packed)
	if err != nil {
		return nil, readError(name, 0, err)
	}
	s := newStream(unpack, packed, limits)
	s.close = unpack
	return s, nil
}

func zipMembers(name string, c Content, size int64, limits Limits) (members []Member, skipped []string, err error) {
	archive, err := zip.NewReader(c, size)
	if err != nil {
		return nil, nil, &FileError{name, 0, "is a damaged zip; fetch it again", err}
	}
	for _, f := range archive.File {
		member := name + ":" + f.Name
		hidden := strings.HasPrefix(path.Base(f.Name), ".") || strings.HasPrefix(f.Name, "__MACOSX/")
		switch suffix := strings.ToLower(path.Ext(f.Name)); {
		case f.FileInfo().IsDir():
			continue
		case hidden, suffix != ".csv" && suffix != ".txt":
			skipped = append(skipped, member+": not a .csv or .txt file")
			continue
		case f.Flags&1 != 0:
			return nil, nil, &FileError{member, 0, "is encrypted; unpack it first", nil}
		}
		members = append(members, Member{member, int64(f.UncompressedSize64), func() (*Stream, error) {
			unpack, err := f.Open()
			if err != nil {
				return nil, readError(member, 0, err)
			}
			s := newStream(unpack, nil, limits)
			s.close = unpack
			// The archive's own figure is a claim; no member is larger
			// than the file.
			s.packed = min(int64(f.CompressedSize64), size)
			return s, nil
		}})
	}
	if len(members) == 0 {
		return nil, nil, &FileError{name, 0, "is a zip without a .csv or .txt file in it", nil}
	}
	return members, skipped, nil
}

// Stream reads a member and stops where it outgrows its Limits: a few
// kilobytes can unpack to terabytes.
type Stream struct {
	r      *counter
	close  io.Closer
	source *counter // the packed octets, where they can be counted
	packed int64    // their number where they can't; 0: the file is not packed
	limits Limits
}

func newStream(r io.Reader, source *counter, limits Limits) *Stream {
	return &Stream{r: &counter{r: r}, source: source, limits: limits}
}

// ratioFloor is where the limit on the ratio begins to count.
const ratioFloor = 64 << 20

func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	packed := s.packed
	if s.source != nil {
		packed = s.source.n
	}
	switch total := s.r.n; {
	case total > s.limits.FileBytes:
		return 0, &FileError{Message: fmt.Sprintf("unpacks to more than %d octets; raise file_bytes if it really is that long", s.limits.FileBytes)}
	case packed > 0 && total > ratioFloor && total/s.limits.Ratio > packed:
		return 0, &FileError{Message: fmt.Sprintf("unpacks to more than %d times its size, as no list does; raise ratio if this one really does", s.limits.Ratio)}
	}
	return n, err
}

// Done returns how much of Member.Size was read.
func (s *Stream) Done() int64 {
	if s.source != nil {
		return s.source.n
	}
	return s.r.n
}

// Close ends reading.
func (s *Stream) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close.Close()
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
