package dataflow

import (
	"testing"

	"github.com/freshetdb/freshet/exec/op"
)

func TestAdapt(t *testing.T) {
	const tick = 1000
	at := int64(10 * askedMicros)
	run := func(start, rows int, micros int64, statements ...*pendingWrite) int {
		r := &Runtime{config: Config{TickMicros: tick}, done: make(chan struct{})}
		r.intake.rows = start
		r.adapt(&tickRun{Tick: op.Tick{Now: at}, rows: rows, writes: statements}, micros)
		return r.intake.rows
	}
	const full = 100_000
	for name, c := range map[string]struct{ got, want int }{
		"as long as it is to be":     {run(full, full, behindFactor*tick), full},
		"too short":                  {run(full, full, tick), behindFactor * full},
		"much too short":             {run(full, full, tick/100), 2 * full},
		"too long":                   {run(full, full, 2*behindFactor*tick), full / 2},
		"not behind":                 {run(full, full*3/4, tick), full},
		"little to do":               {run(full, full/4, tick/100), full},
		"a statement":                {run(full, full, tick, &pendingWrite{}), full},
		"a statement in a long tick": {run(full, full, behindFactor*tick, &pendingWrite{}), full / 2},
		"the smallest":               {run(tickRowsMin, tickRowsMin, 1000*tick), tickRowsMin},
		"the largest":                {run(tickRowsMax, tickRowsMax, 1), tickRowsMax},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d rows, want %d", name, c.got, c.want)
		}
	}
}

func TestAdaptAfterStatements(t *testing.T) {
	const full = 100_000
	r := &Runtime{config: Config{TickMicros: 1000}, done: make(chan struct{})}
	r.intake.rows = full
	step := func(now int64, want int, statements ...*pendingWrite) {
		t.Helper()
		r.adapt(&tickRun{Tick: op.Tick{Now: now}, rows: r.intake.rows, writes: statements}, 1000)
		if r.intake.rows != want {
			t.Errorf("at %d: %d rows, want %d", now, r.intake.rows, want)
		}
	}
	step(10*askedMicros, full, &pendingWrite{})
	step(11*askedMicros, full)
	step(11*askedMicros+1, behindFactor*full)
}
