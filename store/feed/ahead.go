package feed

import (
	"context"
	"io"

	"paperweight/store/feed/format"
)

// ahead reads a snapshot in a goroutine of its own: to decompress and to hash
// takes about as long as to write.
type ahead struct {
	batches chan []format.Entry
	free    chan []format.Entry
	batch   []format.Entry
	at      int
	err     error // set before batches is closed
}

const batched = 1024

func readAhead(ctx context.Context, in content) *ahead {
	a := &ahead{batches: make(chan []format.Entry, 4), free: make(chan []format.Entry, 6)}
	go func() {
		defer close(a.batches)
		a.err = a.read(ctx, in)
	}()
	return a
}

func (a *ahead) read(ctx context.Context, in content) error {
	var c format.Change
	for {
		var batch []format.Entry
		select {
		case batch = <-a.free:
		default:
			batch = make([]format.Entry, 0, batched)
		}
		var err error
		for len(batch) < batched {
			if err = in.Next(&c); err != nil {
				break
			}
			batch = append(batch, c.New)
		}
		select {
		case a.batches <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// next returns an entry that is good until the one after it is asked for, nil
// at the end of a file without fault.
func (a *ahead) next() (*format.Entry, error) {
	for a.at == len(a.batch) {
		if a.batch != nil {
			select {
			case a.free <- a.batch[:0]:
			default:
			}
		}
		batch, ok := <-a.batches
		if !ok {
			a.batch, a.at = nil, 0
			if a.err == io.EOF {
				return nil, nil
			}
			return nil, a.err
		}
		a.batch, a.at = batch, 0
	}
	a.at++
	return &a.batch[a.at-1], nil
}
