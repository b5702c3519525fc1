package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		var f *failure
		if errors.As(err, &f) {
			os.Exit(f.status)
		}
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
	root.AddCommand(runCommand(), subjectCommand(), loadCommand(), echoCommand())
	return root
}
