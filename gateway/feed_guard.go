package main

import (
	"github.com/spf13/cobra"

	"paperweight/gateway/config"
	"paperweight/store/feed"
)

// guardFlags change the guard of a feed's settings for one publication.
type guardFlags struct{ feed.Guard }

func (g *guardFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Uint64Var(&g.Update.Blocked, "max-blocked", 0, "the most equipment that it may block, `N`; a TAC counts a million; 0 is no limit (default from DIR/settings.yaml, as all limits)")
	flags.Uint64Var(&g.Update.Freed, "max-freed", 0, "the most equipment that it may free, `N`; 0 is no limit")
	flags.Float64Var(&g.Update.BlockedShare, "max-blocked-share", 0, "the most of the list, as a `SHARE` of its entries (0.01), that it may block; 0 is no limit")
	flags.Float64Var(&g.Update.FreedShare, "max-freed-share", 0, "the most of the list, a `SHARE`, that it may free; 0 is no limit")
	flags.Float64Var(&g.Update.ChangedShare, "max-changed-share", 0, "the most of the list, a `SHARE`, that it may add, change or remove; 0 is no limit")
	flags.Uint64Var(&g.Update.Ranges, "max-ranges", 0, "the most ranges, TACs and exceptions by range or IMSI alone that it may add, `N`; 0 is no limit")
	flags.Float64Var(&g.MinShare, "min-share", 0, "the `SHARE` of the list that must remain; 0 is one entry")
	flags.Uint64Var(&g.Floor, "floor", 0, "so many entries may always change, `N`, whatever their share")
}

// over returns the guard of a feed's directory, with the flags that were given
// laid over it.
func (g *guardFlags) over(cmd *cobra.Command, dir string) (feed.Guard, error) {
	settings, err := config.ReadAuthority(dir)
	if err != nil {
		return feed.Guard{}, err
	}
	guard := settings.Guard
	for flag, lay := range map[string]func(){
		"max-blocked":       func() { guard.Update.Blocked = g.Update.Blocked },
		"max-freed":         func() { guard.Update.Freed = g.Update.Freed },
		"max-blocked-share": func() { guard.Update.BlockedShare = g.Update.BlockedShare },
		"max-freed-share":   func() { guard.Update.FreedShare = g.Update.FreedShare },
		"max-changed-share": func() { guard.Update.ChangedShare = g.Update.ChangedShare },
		"max-ranges":        func() { guard.Update.Ranges = g.Update.Ranges },
		"min-share":         func() { guard.MinShare = g.MinShare },
		"floor":             func() { guard.Floor = g.Floor },
	} {
		if cmd.Flags().Changed(flag) {
			lay()
		}
	}
	if err := guard.Validate(); err != nil {
		return guard, &usageError{err}
	}
	return guard, nil
}
