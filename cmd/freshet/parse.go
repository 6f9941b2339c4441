package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/freshetdb/freshet/sql/ast"
	"github.com/freshetdb/freshet/sql/parse"
)

// dialects are the values of --dialect.
var dialects = map[string]parse.Dialect{
	"postgres": parse.Postgres,
	"flink":    parse.Flink,
}

// parser is "freshet parse": what the command line asked for.
type parser struct {
	dialect string
	tree    bool
}

func newParseCommand() *cobra.Command {
	var p parser
	cmd := &cobra.Command{
		Use:   "parse [flags] FILE...",
		Short: "Read SQL and print it as Freshet understands it",
		Long: `Parse reads SQL from each FILE (- is standard input) and prints every statement in canonical form. A file with a
mistake prints nothing but the error, with the place marked, and the exit status is 1.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			return p.run(files, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&p.dialect, "dialect", "postgres", "spelling of names and literals: postgres or flink")
	cmd.Flags().BoolVar(&p.tree, "tree", false, "print the syntax tree of each statement below it")
	return cmd
}

// run parses every file, also after one with a mistake, so that one call shows all there is to repair.
func (p *parser) run(files []string, stdin io.Reader, stdout, stderr io.Writer) error {
	options := parse.DefaultOptions()
	dialect, ok := dialects[p.dialect]
	if !ok {
		return fmt.Errorf("dialect %q does not exist: it is postgres or flink", p.dialect)
	}
	options.Dialect = dialect

	out := bufio.NewWriter(stdout)
	var failed error
	for _, name := range files {
		text, err := readText(name, stdin)
		if err != nil {
			return errors.Join(out.Flush(), err)
		}
		statements, err := parse.Parse(text, options)
		if err == nil {
			p.printStatements(out, statements)
			continue
		}
		failed = errShown
		shown := errorText(text, err)
		if len(files) > 1 {
			shown = name + ": " + shown
		}
		// What was printed so far comes first where both streams are one terminal.
		if err := errors.Join(out.Flush(), writeString(stderr, shown)); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return failed
}

// printStatements ignores errors of out: a bufio.Writer keeps the first one for Flush.
func (p *parser) printStatements(out *bufio.Writer, statements []ast.Statement) {
	for _, s := range statements {
		_, _ = out.WriteString(ast.Print(s))
		_, _ = out.WriteString(";\n")
		if p.tree {
			_, _ = out.WriteString(ast.Dump(s))
		}
	}
}

func writeString(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

func readText(name string, stdin io.Reader) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(stdin)
		if err != nil {
			return "", fmt.Errorf("reading standard input: %w", err)
		}
		return string(text), nil
	}
	text, err := os.ReadFile(name) // its error names the file
	return string(text), err
}
