package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What --json prints is what --help says: no field more, none less, and none
// that is null.
func TestLoadJSON(t *testing.T) {
	help := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(jsonHelp, "")
	for _, title := range []string{"An open loop:", "A closed loop:", "With --target and --echo:"} {
		help = strings.Replace(help, title, "", 1)
	}
	said := make(map[string]bool)
	for _, name := range regexp.MustCompile(`[a-z0-9_.]+`).FindAllString(help, -1) {
		said[name] = true
	}
	printed := make(map[string]bool)
	err := withEcho(nil, func(target string) error {
		for _, args := range [][]string{
			{"--echo", "--rate", "1000", "--step", "150ms", "--allow", "lag"},
			{"--echo", "--duration", "20ms"},
			{"--target", target, "--echo", "--rounds", "1", "--duration", "20ms"},
		} {
			out, err := run(append([]string{"load", "--json"}, args...)...)
			if err != nil {
				return err
			}
			var v any
			if err := json.Unmarshal([]byte(out), &v); err != nil {
				return err
			}
			collect(t, strings.Join(args, " "), v, printed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(said)), slices.Sorted(maps.Keys(printed))); diff != "" {
		t.Errorf("(-said +printed):\n%s", diff)
	}
}

// collect adds the names of v's fields.
func collect(t *testing.T, at string, v any, names map[string]bool) {
	switch v := v.(type) {
	case nil:
		t.Errorf("%s is null", at)
	case []any:
		for i, e := range v {
			collect(t, fmt.Sprintf("%s[%d]", at, i), e, names)
		}
	case map[string]any:
		for name, e := range v {
			names[name] = true
			if name != "outcomes" { // whose names are the answers'
				collect(t, at+" "+name, e, names)
			}
		}
	}
}
