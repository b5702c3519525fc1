package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"paperweight/conformance/judge"
)

func subjectCommand() *cobra.Command {
	var (
		start            bool
		dir, realm, from string
	)
	c := &cobra.Command{
		Use:   "subject --init",
		Short: "Write what an EIR must be told before it can be judged",
		Long: `Write a subject.yaml with invented equipment and the names that the suite
uses as a peer, and the same as files to load into an EIR. Existing files are
not touched.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !start {
				return errors.New("say --init")
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			_, files := judge.Prepare(realm, from)
			for _, p := range files {
				name := filepath.Join(dir, p.Name)
				if err := writeNew(name, p.Text); err != nil {
					return err
				}
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", name, p.Doc); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&start, "init", false, "write the files")
	c.Flags().StringVar(&dir, "dir", ".", "where to")
	c.Flags().StringVar(&realm, "realm", "epc.example.org", "the realm of the EIR and of the suite's peers")
	c.Flags().StringVar(&from, "from", "127.0.0.1", "the address that the suite calls from, for the peer table")
	return c
}

func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
