package main

import (
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"paperweight/gateway/config"
	"paperweight/store"
)

func TestLimits(t *testing.T) {
	c := config.Default()
	c.Feeds = make([]config.Feed, 2)
	national := []store.SourceState{
		{Name: "national", ByKind: store.KindCounts{Exact: 100_000_000, Range: 1000}},
		{Name: store.Operator, ByKind: store.KindCounts{Exact: 100_000}},
	}
	// 256 connections, 1000 tables, 2 feeds and the rest.
	const files = 256 + 1000 + 2*16 + 128
	const alone = 128<<20 + 64<<20
	const lists = alone + 2*100_000_000 + 64*101_000
	for name, test := range map[string]struct {
		limits
		lists []store.SourceState
		want  []string
	}{
		"nothing is known":        {limits{}, national, nil},
		"enough of all":           {limits{files, memory{lists, "GOMEMLIMIT"}}, national, nil},
		"a file too few":          {limits{files - 1, memory{}}, nil, []string{"may have 1415 files open; diameter.max_connections 256"}},
		"less memory than lists":  {limits{0, memory{lists - 1, "GOMEMLIMIT"}}, national, []string{"388 MiB of memory (GOMEMLIMIT); the lists, with store.cache_bytes, take some 388 MiB"}},
		"less memory than caches": {limits{0, memory{alone - 1, "memory.max"}}, nil, []string{"191 MiB of memory (memory.max)"}},
		"less of both":            {limits{1, memory{1, "memory.max"}}, nil, []string{"files", "memory"}},
	} {
		got := test.doubts(&c, test.lists)
		if len(got) != len(test.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, want := range test.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: %q, want %q", name, got[i], want)
			}
		}
	}
}

func TestLeastMemory(t *testing.T) {
	const none = math.MaxInt64
	meminfo := &fstest.MapFile{Data: []byte("MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n")}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, test := range map[string]struct {
		root    fstest.MapFS
		goLimit uint64
		want    memory
	}{
		"no Linux":           {fstest.MapFS{}, none, memory{}},
		"a bare machine":     {fstest.MapFS{"proc/meminfo": meminfo}, none, memory{8000000 << 10, "MemAvailable, what this machine has left"}},
		"GOMEMLIMIT":         {fstest.MapFS{"proc/meminfo": meminfo}, 1 << 30, memory{1 << 30, "GOMEMLIMIT"}},
		"a unit's MemoryMax": {fstest.MapFS{"proc/meminfo": meminfo, "proc/self/cgroup": file("0::/system.slice/paperweight.service\n"), "sys/fs/cgroup/system.slice/paperweight.service/memory.max": file("536870912\n"), "sys/fs/cgroup/system.slice/memory.max": file("max\n")}, none, memory{512 << 20, "/sys/fs/cgroup/system.slice/paperweight.service/memory.max"}},
		"its slice's":        {fstest.MapFS{"proc/self/cgroup": file("0::/system.slice/paperweight.service\n"), "sys/fs/cgroup/system.slice/paperweight.service/memory.max": file("max\n"), "sys/fs/cgroup/system.slice/memory.max": file("1048576\n")}, none, memory{1 << 20, "/sys/fs/cgroup/system.slice/memory.max"}},
		"a container's":      {fstest.MapFS{"proc/self/cgroup": file("0::/\n"), "sys/fs/cgroup/memory.max": file("1048576\n")}, none, memory{1 << 20, "/sys/fs/cgroup/memory.max"}},
		"version 1":          {fstest.MapFS{"proc/self/cgroup": file("5:devices:/x\n4:memory:/docker/x\n0::/\n"), "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": file("1048576\n"), "sys/fs/cgroup/memory/memory.limit_in_bytes": file("9223372036854771712\n")}, none, memory{1 << 20, "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes"}},
	} {
		if got := leastMemory(test.root, test.goLimit); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
