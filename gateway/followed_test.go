package main

import (
	"errors"
	"fmt"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"paperweight/gateway/metrics"
	"paperweight/store"
	"paperweight/store/feed"
	"paperweight/store/feed/trust"
)

// A poll that fails until somebody does something is an error of the log, and
// metrics know it by its name.
func TestFailedPolls(t *testing.T) {
	full := &store.Error{Kind: store.ErrDiskFull, Path: "feeds"}
	hold := func(err error) error {
		return &feed.HoldError{Source: "national", Target: "delta/2", Why: []feed.Finding{{Message: "too many"}}, Err: err}
	}
	for _, c := range []struct {
		err   error
		level zapcore.Level
		class string
	}{
		{&trust.Error{Kind: trust.ErrUnreachable, File: "timestamp.json"}, zap.WarnLevel, "unreachable"},
		{&trust.Error{Kind: trust.ErrClock, File: "timestamp.json"}, zap.ErrorLevel, "clock"},
		{fmt.Errorf("feed national: %w", full), zap.ErrorLevel, "disk-full"},
		{hold(full), zap.ErrorLevel, "disk-full"},
		{hold(errors.New("input/output error")), zap.ErrorLevel, "other"},
	} {
		core, logs := observer.New(zap.InfoLevel)
		o := &followed{log: zap.New(core)}
		o.failed(c.err)
		if all := logs.All(); len(all) != 1 || all[0].Level != c.level {
			t.Errorf("%v: logged %v", c.err, all)
		}
		if got := metrics.Class(c.err); got != c.class {
			t.Errorf("%v: class %s, want %s", c.err, got, c.class)
		}
	}
}
