package journal

import (
	"bytes"
	"hash/crc32"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// headLen is the length of the checksum and the blank behind it.
const headLen = 8 + 1

// Damage is what a file holds that nobody wrote; the zero value is none.
type Damage struct {
	// Lines is how many lines were passed over.
	Lines int
	// Torn says that the last line was cut off: a crash came while it was
	// written, so it was never acknowledged, or the file lost its end.
	Torn bool
}

// Read hands over the text of each line that is as it was written, in order;
// text is valid during the call. An error of each ends it; the others are those
// of the file system.
func Read(fs vfs.FS, path string, each func(text []byte) error) (d Damage, err error) {
	f, err := fs.Open(path, vfs.SequentialReadsOption)
	if err != nil {
		return d, err
	}
	defer f.Close() // read only
	data, err := io.ReadAll(f)
	if err != nil {
		return d, err
	}
	for len(data) > 0 {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		data = rest
		text, ok := parse(line)
		switch {
		case ok && ended:
			if err := each(text); err != nil {
				return d, err
			}
		case len(data) == 0:
			d.Torn = true
		default:
			d.Lines++
		}
	}
	return d, nil
}

// parse returns the text of a line without its newline.
func parse(line []byte) (text []byte, ok bool) {
	if len(line) < headLen {
		return nil, false
	}
	text = line[headLen:]
	var head [headLen]byte
	return text, bytes.Equal(line[:headLen], appendHead(head[:0], text))
}

// appendLine appends a line with the text.
func appendLine(b, text []byte) []byte {
	return append(append(appendHead(b, text), text...), '\n')
}

func appendHead(b, text []byte) []byte {
	const digits = "0123456789abcdef"
	sum := crc32.Checksum(text, castagnoli)
	for shift := 28; shift >= 0; shift -= 4 {
		b = append(b, digits[sum>>shift&15])
	}
	return append(b, ' ')
}
