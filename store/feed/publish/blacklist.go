package publish

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"paperweight/eir"
	"paperweight/store/feed"
	"paperweight/store/feed/format"
	"paperweight/store/feed/trust"
)

// Blacklist says what became of the list in the layout of DIRBS.
type Blacklist struct {
	Target
	// LeftOut are the entries that the layout can't say: tracked and
	// permitted ones, ranges and exceptions.
	LeftOut uint64 `json:"left_out"`
}

// addBlacklist puts a blacklist in the layout of DIRBS (imei, block_date,
// reasons) among the targets, for registers that read no feed. It comes with
// snapshots alone: it is the whole list, and the offline keys sign for it. Its
// label says which sequence it is of; Status.Blacklist tells it.
func (p *Publisher) addBlacklist(ctx context.Context, at time.Time, r *Result) error {
	if !p.config.Blacklist {
		// One that was published once would grow old beside the list.
		if _, ok := p.repo.Targets()[blacklistName]; ok {
			return p.remove(trust.Snapshots, at, r, blacklistName)
		}
		return nil
	}
	name := filepath.Join(p.list.dir, "tmp-blacklist")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	var records, left uint64
	out := bufio.NewWriterSize(f, 64<<10)
	out.WriteString("imei,block_date,reasons\n")
	var line []byte
	err = p.each(ctx, "writing the blacklist", func(e *format.Entry) error {
		if e.Status != eir.Prohibited || e.Malformed == "" && e.Kind != eir.Exact || !e.SVNs.Any() || e.Until != 0 {
			left++
			return nil
		}
		records++
		line = appendBlacklisted(line[:0], e)
		_, err := out.Write(line)
		return err
	})
	if err = errors.Join(err, out.Flush(), f.Close()); err != nil {
		return err
	}
	label, err := json.Marshal(feed.Label{Epoch: p.list.State.Epoch, To: p.list.State.Sequence})
	if err != nil {
		return err
	}
	if _, err := p.addFile(trust.Snapshots, blacklistName, name, label, records, at, r); err != nil {
		return err
	}
	last := len(r.Added) - 1
	r.Blacklist = &Blacklist{Target: r.Added[last], LeftOut: left}
	r.Added = slices.Delete(r.Added, last, last+1)
	return nil
}

func appendBlacklisted(b []byte, e *format.Entry) []byte {
	if e.Malformed != "" {
		b = append(b, e.Malformed...)
	} else {
		b = append(b, e.From.String()...)
	}
	b = append(b, ',')
	if e.Date != 0 {
		b = time.Unix(e.Date, 0).UTC().AppendFormat(b, "20060102")
	}
	b = append(b, ',')
	if !strings.ContainsAny(e.Reason, ",\"\r\n") {
		return append(append(b, e.Reason...), '\n')
	}
	reason := strings.NewReplacer(`"`, `""`, "\r", " ", "\n", " ").Replace(e.Reason)
	return append(append(append(b, '"'), reason...), "\"\n"...)
}
