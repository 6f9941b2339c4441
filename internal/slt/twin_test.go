package slt_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/internal/slt"
)

// twin is a Freshet and a PostgreSQL that are told the same.
type twin struct {
	t              *testing.T
	freshet, other slt.Conn
}

func newTwin(t *testing.T) *twin {
	t.Helper()
	server := pgoracle.Start(t)
	if err := server.CreateDatabase(t.Context(), "twin"); err != nil {
		t.Fatal(err)
	}
	db := slt.OpenFreshet(t, slt.FreshetOptions{Workers: 2})
	t.Cleanup(db.Close)
	w := &twin{t: t}
	var err error
	if w.other, err = slt.Dial(t.Context(), server.URL("twin")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.other.Close)
	if w.freshet, err = db.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.freshet.Close)
	return w
}

// do runs a statement on both.
func (w *twin) do(sql string) {
	w.t.Helper()
	for _, c := range []slt.Conn{w.freshet, w.other} {
		if _, err := c.Exec(w.t.Context(), sql); err != nil {
			w.t.Fatalf("%v\n%s", err, sql)
		}
	}
}

// rows are those of a query, sorted, or its SQLSTATE.
func (w *twin) rows(c slt.Conn, sql string) []string {
	r, err := c.Exec(w.t.Context(), sql)
	if err != nil {
		var p *pgconn.PgError
		var e *pgerr.Error
		switch {
		case errors.As(err, &p):
			return []string{"error " + p.Code}
		case errors.As(err, &e):
			return []string{"error " + string(e.Code)}
		}
		w.t.Fatalf("%v\n%s", err, sql)
	}
	lines := []string{}
	for _, row := range r.Rows {
		var words []string
		for _, v := range row {
			if v == nil {
				words = append(words, "NULL")
			} else {
				words = append(words, *v)
			}
		}
		lines = append(lines, strings.Join(words, "|"))
	}
	slices.Sort(lines)
	return lines
}

// same compares the rows of two queries, the one of Freshet and the other of PostgreSQL.
func (w *twin) same(freshet, postgres string) {
	w.t.Helper()
	got, want := w.rows(w.freshet, freshet), w.rows(w.other, postgres)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s\ngot\n  %s\nwant\n  %s", postgres, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// rounds is how many random cases are tried; FRESHET_FUZZ_ROUNDS says otherwise.
func rounds(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("FRESHET_FUZZ_ROUNDS")); err == nil {
		return n
	}
	return usual
}

// seeded is a source of random numbers of its own for a round. FRESHET_FUZZ_SEED moves all of them.
func seeded(round int) *rand.Rand {
	seed, _ := strconv.Atoi(os.Getenv("FRESHET_FUZZ_SEED"))
	return rand.New(rand.NewPCG(uint64(seed), uint64(round)))
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }
