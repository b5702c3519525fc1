package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "conformance",
		Short:         "Judge an equipment identity register from outside, over Diameter S13",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(loadCommand(), echoCommand())
	return root
}
