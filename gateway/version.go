package main

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"paperweight/gateway/metrics"
)

// build says which program this is, from what the Go tool noted in it.
func build() buildInfo {
	b := buildInfo{metrics.Build{Version: "unknown", Revision: "unknown", Go: "unknown"}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version, b.Go = info.Main.Version, info.GoVersion
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		b.Revision += "+changes"
	}
	return b
}

// builtAt is when what this program was built from was committed, zero where
// the Go tool did not note it: no clock that is before it is right.
func builtAt() (at time.Time) {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return at
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.time" {
			at, _ = time.Parse(time.RFC3339, s.Value) // zero where it is none
		}
	}
	return at
}

type buildInfo struct{ metrics.Build }

func (b buildInfo) String() string {
	return fmt.Sprintf("paperweight %s (revision %s, %s)", b.Version, b.Revision, b.Go)
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Print the version, the revision it was built from, and the Go release it was built with.",
		Example: "  paperweight version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fmt.Fprintln(cmd.OutOrStdout(), build())
			return nil
		},
	}
}
