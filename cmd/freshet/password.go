package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/freshetdb/freshet/pgwire"
)

func newPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use: "password USER", Short: "Make a line of the file that serve --password-file reads", Args: cobra.ExactArgs(1),
		Long: `Password reads a password, from the terminal without showing it or else the first line of the standard input, and prints the line for a user:
the name and the verifier (SCRAM-SHA-256), which tells whether a password is right, and does not tell what it is.

  freshet password alice >> passwords
  freshet serve --password-file passwords`,
		RunE: func(cmd *cobra.Command, args []string) error {
			user := args[0]
			if user == "" || strings.ContainsAny(user, ":\n") || strings.HasPrefix(user, "#") || strings.TrimSpace(user) != user {
				return fmt.Errorf("user %q cannot be in a password file: no colon, no # at its beginning, no space around it", user)
			}
			password, err := readPassword(cmd.InOrStdin(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			verifier, err := pgwire.NewVerifier(password)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s:%s\n", user, verifier)
			return err
		},
	}
}

// readPassword reads a password: twice, from a terminal, where it is not shown.
func readPassword(in io.Reader, prompts io.Writer) (string, error) {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		return notEmpty(strings.TrimRight(line, "\r\n"))
	}
	var typed [2]string
	for i, prompt := range [...]string{"Password: ", "Again: "} {
		_, _ = io.WriteString(prompts, prompt) // who does not see it is still asked
		line, err := term.ReadPassword(int(file.Fd()))
		_, _ = io.WriteString(prompts, "\n")
		if err != nil {
			return "", fmt.Errorf("reading the password: %w", err)
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ")
	}
	return notEmpty(typed[0])
}

func notEmpty(password string) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	return password, nil
}
