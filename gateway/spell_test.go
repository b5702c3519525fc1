package main

import (
	"reflect"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"paperweight/diameter"
	"paperweight/eir"
)

// What checks suffer is told of once, then each minute, then its end, with what
// was counted meanwhile.
func TestSpells(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	s := newSpells(zap.New(core))
	begin := time.Unix(1000, 0)
	var st diameter.Stats
	at := func(second int, peerRate, backlog, failures uint64) {
		st.Shed[0] += peerRate
		st.Shed[2] += backlog
		st.Rules[eir.RuleStoreFailure] += failures
		s.look(begin.Add(time.Duration(second)*time.Second), st)
	}
	at(0, 0, 0, 0)
	at(1, 5, 0, 0)
	for i := range 70 {
		at(2+i, 1, 1, 0)
	}
	at(72, 0, 0, 3)
	for i := range 20 {
		at(73+i, 0, 0, 0)
	}
	at(100, 0, 7, 0)
	overload := newSpells(zap.NewNop()).overload
	failure := newSpells(zap.NewNop()).failure
	want := []struct {
		level  zapcore.Level
		text   string
		fields map[string]any
	}{
		{zap.WarnLevel, overload.begins, map[string]any{"peer-rate": uint64(5)}},
		{zap.WarnLevel, overload.goesOn, map[string]any{"for": time.Minute, "peer-rate": uint64(65), "backlog": uint64(60)}},
		{zap.ErrorLevel, failure.begins, map[string]any{"checks": uint64(3)}},
		{zap.InfoLevel, overload.end, map[string]any{"for": 70 * time.Second, "peer-rate": uint64(75), "backlog": uint64(70)}},
		{zap.InfoLevel, failure.end, map[string]any{"checks": uint64(3)}},
		{zap.WarnLevel, overload.begins, map[string]any{"backlog": uint64(7)}},
	}
	got := logs.All()
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d: %v", len(got), len(want), got)
	}
	for i, w := range want {
		if got[i].Level != w.level || got[i].Message != w.text || !reflect.DeepEqual(got[i].ContextMap(), w.fields) {
			t.Errorf("line %d: %s %q %v, want %s %q %v", i, got[i].Level, got[i].Message, got[i].ContextMap(), w.level, w.text, w.fields)
		}
	}
}
