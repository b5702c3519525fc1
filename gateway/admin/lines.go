package admin

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"paperweight/store/intake"
)

// line is one line of the answer to an import: one of its fields is set.
type line struct {
	Progress *intake.Progress `json:"progress,omitempty"`
	Report   json.RawMessage  `json:"report,omitempty"`
	Result   *intake.Result   `json:"result,omitempty"`
	*Refusal
}

// lines sends them as they come. As an io.Writer it takes a report, whose
// lines it wraps.
type lines struct {
	w       http.ResponseWriter
	control *http.ResponseController
	begun   bool
	partial []byte
}

func (l *lines) send(v line) {
	_ = l.put(v)
	_ = l.control.Flush()
}

func (l *lines) put(v line) error {
	if !l.begun {
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.begun = true
	}
	_ = l.control.SetWriteDeadline(time.Now().Add(quiet))
	return json.NewEncoder(l.w).Encode(v)
}

func (l *lines) Write(p []byte) (int, error) {
	l.partial = append(l.partial, p...)
	for {
		one, rest, whole := bytes.Cut(l.partial, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		if err := l.put(line{Report: one}); err != nil {
			return 0, err
		}
		l.partial = append(l.partial[:0], rest...)
	}
}
