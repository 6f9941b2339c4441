package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

var helpCommand = regexp.MustCompile(`(?m)^Command: +(.*)$`)

// help records the commands that psql's \h knows and checks that help.sql has an example of each which PostgreSQL's
// grammar accepts. help.sql is written by hand: after a line "-- COMMAND NAME" come the examples of that command.
func (r *recorder) help(ctx context.Context) error {
	out, err := r.server.Psql(ctx, "postgres", "-P", "pager=off", "-c", `\h *`)
	if err != nil {
		return err
	}
	var commands []string
	for _, m := range helpCommand.FindAllStringSubmatch(out, -1) {
		commands = append(commands, strings.TrimSpace(m[1]))
	}
	if err := writeFile(r.parseData("help_commands.txt"), []byte(strings.Join(commands, "\n")+"\n")); err != nil {
		return err
	}
	examples, err := r.helpExamples(ctx)
	if err != nil {
		return err
	}
	total := 0
	for _, command := range commands {
		if examples[command] == 0 {
			err = errors.Join(err, fmt.Errorf("help.sql has no example of %s", command))
		}
		total += examples[command]
		delete(examples, command)
	}
	for command := range examples {
		err = errors.Join(err, fmt.Errorf("help.sql has examples of %q, which psql does not know", command))
	}
	fmt.Printf("help.sql: %d examples of %d commands\n", total, len(commands))
	return err
}

// helpExamples counts the examples of each command in help.sql; a refused one is an error.
func (r *recorder) helpExamples(ctx context.Context) (map[string]int, error) {
	data, err := os.ReadFile(r.parseData("help.sql"))
	if err != nil {
		return nil, fmt.Errorf("reading the examples: %w", err)
	}
	examples := map[string]int{}
	var bad error
	_, text, _ := strings.Cut("\n"+string(data), "\n-- ")
	for section := range strings.SplitSeq(text, "\n-- ") {
		command, body, _ := strings.Cut(section, "\n")
		for _, s := range pgoracle.Split(body) {
			answer, err := r.parser.Parse(ctx, s.SQL)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", s.SQL, err)
			}
			if !answer.OK() {
				bad = errors.Join(bad, fmt.Errorf("%s: %s: %s", command, answer, s.SQL))
			}
			examples[command]++
		}
	}
	return examples, bad
}
