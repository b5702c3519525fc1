package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"paperweight/gateway/config"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration's defaults, or check a file",
		Long: `Print every key of the configuration with its default and what it means, as
YAML to start a file from.`,
		Example: `  paperweight config > paperweight.yaml
  paperweight config check paperweight.yaml`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return subcommand(cmd, args)
			}
			_, err := cmd.OutOrStdout().Write(config.DefaultYAML)
			return err
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check FILE",
		Short: "Check a configuration file",
		Long: `Check a configuration file as serve would, without starting anything. The first
mistake is named with its line and its key; what is allowed and yet looks like one
is a warning, as are connections and caches beyond what this process may have of
files and memory, which a service may have more or less of.`,
		Example: "  paperweight config check /etc/paperweight.yaml && systemctl reload paperweight",
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Read(args[0])
			if err != nil {
				return err
			}
			doubts, err := checked(&c)
			if err != nil {
				return err
			}
			warn(cmd, append(doubts, readLimits().doubts(&c, nil)...))
			fmt.Fprintf(cmd.OutOrStdout(), "%s is right\n", args[0])
			return nil
		},
	})
	return cmd
}

func warn(cmd *cobra.Command, doubts []string) {
	for _, d := range doubts {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", d)
	}
}
