package main

import (
	"reflect"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"paperweight/diameter"
)

// An overload is told of once, then each minute, then its end, with what was
// refused meanwhile.
func TestOverloadIsTold(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	o := overload{log: zap.New(core)}
	begin := time.Unix(1000, 0)
	var shed diameter.Shed
	at := func(second int, peerRate, backlog uint64) {
		shed[0] += peerRate
		shed[2] += backlog
		o.look(begin.Add(time.Duration(second)*time.Second), shed)
	}
	at(0, 0, 0)
	at(1, 5, 0)
	for s := range 70 {
		at(2+s, 1, 1)
	}
	for s := range 20 {
		at(72+s, 0, 0)
	}
	at(100, 0, 7)
	var got []string
	var fields []map[string]any
	for _, e := range logs.All() {
		got = append(got, e.Level.String()+" "+e.Message)
		fields = append(fields, e.ContextMap())
	}
	want := []string{
		"warn overload: more checks come than are let in, the excess gets 3004 or 5012",
		"warn the overload goes on",
		"info the overload is over",
		"warn overload: more checks come than are let in, the excess gets 3004 or 5012",
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("logged %q", got)
	}
	for i, want := range []map[string]any{
		{"for": time.Duration(0), "peer-rate": uint64(5)},
		{"for": time.Minute, "peer-rate": uint64(65), "backlog": uint64(60)},
		{"for": 70 * time.Second, "peer-rate": uint64(75), "backlog": uint64(70)},
		{"for": time.Duration(0), "backlog": uint64(7)},
	} {
		if !reflect.DeepEqual(fields[i], want) {
			t.Errorf("%s: %v, want %v", got[i], fields[i], want)
		}
	}
}
