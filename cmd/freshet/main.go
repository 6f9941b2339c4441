// Command freshet is the Freshet streaming SQL database: one binary, one subcommand a file.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// errShown is what a subcommand returns when it has already told the user, in its own form, what is wrong.
var errShown = errors.New("already shown")

// run is main without the process around it, so that tests call it. It returns the exit status: 0, or 1 after an error.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.Execute(); err != nil {
		if !errors.Is(err, errShown) {
			// Nothing is left to tell the user if the standard error cannot be written.
			_, _ = fmt.Fprintf(stderr, "freshet: %v\n%s", err, besideText(err))
		}
		return 1
	}
	return 0
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "freshet",
		Short:         "A streaming SQL database in one binary",
		SilenceErrors: true, // run prints them
		SilenceUsage:  true, // a wrong file name needs no list of flags
	}
	root.AddCommand(newServeCommand(), newPasswordCommand(), newDemoCommand(), newParseCommand(), newBenchCommand(), newVersionCommand())
	return root
}
