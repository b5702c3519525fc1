package admin

import (
	"errors"
	"fmt"
	"io"
	"time"

	"paperweight/eir"
	"paperweight/store/intake"
	"paperweight/store/listfile"
)

// firstProblems is how many a refusal names.
const firstProblems = 10

// ownFile is what a file says, once for each target.
type ownFile struct {
	records    map[eir.Target]listfile.Record
	duplicates int
}

// readOwn reads a file to its end. A line that can't be taken word for word, be
// it for a date that explains alone, refuses it: what is brought back is to be
// what was written.
func readOwn(job *OwnImport, limits *intake.Limits) (*ownFile, error) {
	f := &ownFile{records: map[eir.Target]listfile.Record{}}
	bad := &Refusal{}
	list, err := listfile.NewReader(job.Content, job.Name, listfile.Paperweight, listfile.Options{
		Limits: limits.Files,
		Problem: func(p *listfile.Problem) {
			if len(bad.Problems) < firstProblems {
				bad.Problems = append(bad.Problems, *p)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	for {
		var r listfile.Record
		if err := list.Next(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if _, again := f.records[r.Entry.Target]; again {
			f.duplicates++
		} else if len(f.records) == limits.ChangeEntries {
			continue // counted, and refused below
		}
		f.records[r.Entry.Target] = r
	}
	s := list.Stats()
	switch {
	case !list.Headed():
		return nil, &Refusal{Message: job.Name + " is empty: a list has a heading at least, and nothing was changed"}
	case s.Bad+s.Warnings > 0:
		bad.Message = fmt.Sprintf("%s: %d fields or lines can't be taken as they stand, and nothing was changed", job.Name, s.Bad+s.Warnings)
		return nil, bad
	case s.Records > uint64(len(f.records)+f.duplicates):
		return nil, &Refusal{Message: fmt.Sprintf("%s has more than %d entries, and nothing was changed", job.Name, limits.ChangeEntries),
			Hint: "the configuration key import.change_entries sets the limit: some 250 bytes of memory an entry"}
	case list.Change() && job.Replace:
		return nil, &Refusal{Message: job.Name + ` has a column "op": it is a change, and can't be the whole list that --replace takes`,
			Hint: "leave --replace out, or the column"}
	}
	return f, nil
}

// ended counts the entries that ended before now.
func (f *ownFile) ended(now time.Time) (n int) {
	for _, r := range f.records {
		if r.Op == listfile.Put && r.Entry.Until != 0 && r.Entry.Until <= now.Unix() {
			n++
		}
	}
	return n
}
