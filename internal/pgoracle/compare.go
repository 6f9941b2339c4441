package pgoracle

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Pair is a statement in two spellings that should mean the same.
type Pair struct {
	Src      string // where it comes from; all statements of one source run in one session
	Original string
	Printed  string
}

// Difference is a pair that did not give the same.
type Difference struct {
	Pair
	OfOriginal, OfPrinted Result
}

func (d Difference) String() string {
	return fmt.Sprintf("%s\noriginal: %s\n%s\nprinted: %s\n%s", d.Src, d.Original, d.OfOriginal, d.Printed, d.OfPrinted)
}

// Skip is a pair that could not be compared.
type Skip struct {
	Pair
	Reason string
}

// Comparison is the outcome of Compare: every pair is counted in exactly one of Same, Differences and Skips.
type Comparison struct {
	Same        int
	Succeeded   int // of Same: those that ran without an error
	WithRows    int // of Succeeded: those that returned rows
	Differences []Difference
	Skips       []Skip
}

// compareTimeout is short: the corpora's slowest query takes a fraction of it.
const compareTimeout = "10s"

var ordersRows = regexp.MustCompile(`(?i)\border\s+by\b`)

// Compare runs a list of pairs in order: the originals in one fresh copy of the fixture, the printed ones in another, and
// the originals once more in a third. What differs between the two runs of the same original (clocks, process ids,
// object ids, timings) cannot be compared and is skipped. Rows are compared in order where the original has an ORDER BY,
// else as bags.
func (s *Server) Compare(ctx context.Context, pairs []Pair) (Comparison, error) {
	nr := s.compared.Add(1)
	var names [3]string // the databases of original, printed, original again
	var toFixture []string
	for i := range names {
		names[i] = fmt.Sprintf("compare_%d_%c", nr, 'a'+i)
		toFixture = append(toFixture, names[i], fixtureName)
	}
	if err := s.CreateFixtures(ctx, names[:]...); err != nil {
		return Comparison{}, err
	}
	c := comparer{server: s, names: names, rename: strings.NewReplacer(toFixture...)}
	defer c.disconnect(ctx)
	var comparison Comparison
	for i, pair := range pairs {
		if i == 0 || pair.Src != pairs[i-1].Src {
			c.disconnect(ctx)
		}
		results, err := c.run(ctx, pair)
		var lost *lostError
		switch {
		case errors.As(err, &lost):
			comparison.Skips = append(comparison.Skips, Skip{pair, lost.Error()})
			c.disconnect(ctx)
		case err != nil:
			return comparison, err
		default:
			comparison.judge(pair, results)
		}
	}
	return comparison, nil
}

// judge files a pair by its three results.
func (c *Comparison) judge(pair Pair, results [3]Result) {
	original, printed, again := results[0], results[1], results[2]
	ordered := ordersRows.MatchString(pair.Original)
	switch {
	case original.Code == "57014" || again.Code == "57014":
		c.Skips = append(c.Skips, Skip{pair, "takes longer than " + compareTimeout})
	case !original.same(again, ordered):
		c.Skips = append(c.Skips, Skip{pair, "the original gives something else each time"})
	case !original.same(printed, ordered):
		c.Differences = append(c.Differences, Difference{pair, original, printed})
	default:
		c.Same++
		if original.Code == "" {
			c.Succeeded++
			if original.Rows > 0 {
				c.WithRows++
			}
		}
	}
}

// comparer holds the three sessions of a Compare; they are opened when needed.
type comparer struct {
	server *Server
	names  [3]string
	conns  [3]*pgconn.PgConn
	rename *strings.Replacer // hides what current_database() returns
}

func (c *comparer) disconnect(ctx context.Context) {
	for i, conn := range c.conns {
		if conn != nil {
			_ = conn.Close(ctx) // its transaction is to be lost anyway
			c.conns[i] = nil
		}
	}
}

// lostError says that a statement ended its session.
type lostError struct{ err error }

func (e *lostError) Error() string { return "the session was lost: " + e.err.Error() }

func (c *comparer) run(ctx context.Context, pair Pair) (results [3]Result, err error) {
	for i, name := range c.names {
		if c.conns[i] == nil {
			conn, err := c.server.Connect(ctx, name)
			if err != nil {
				return results, err
			}
			c.conns[i] = conn
			if err := exec1(ctx, conn, "SET statement_timeout = '"+compareTimeout+"'"); err != nil {
				return results, err
			}
		}
		sql := pair.Original
		if i == 1 {
			sql = pair.Printed
		}
		if results[i], err = Run(ctx, c.conns[i], sql); err != nil {
			return results, &lostError{err}
		}
		for line, text := range results[i].Lines {
			results[i].Lines[line] = c.rename.Replace(text)
		}
	}
	return results, nil
}
