package operators

import (
	"math"
	"slices"

	"github.com/freshetdb/freshet/exec/eval"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// neverBound is the bound of a row whose bound is null: it is never late and never expires.
const neverBound = math.MaxInt64

// bounder computes the bounds of rows and takes the late ones out. It is of one input of an operator.
type bounder struct {
	env    *Env
	bound  *eval.Evaluator
	late   int
	bounds []int64
	kept   *batch.Batch
	sel    []int32 // of late rows
	times  []int64
	stay   []int32
}

func newBounder(env *Env, bound flow.Expr, late int, columns []types.Type) *bounder {
	return &bounder{env: env, bound: eval.Compile(bound), late: late, kept: batch.New(columns...)}
}

// split returns the rows of b that are not late at a watermark, with their bounds; the others go where late rows go. What it returns is borrowed
// until the next call.
func (l *bounder) split(b *batch.Batch, watermark int64) (*batch.Batch, []int64, error) {
	if err := l.compute(b); err != nil {
		return nil, nil, err
	}
	l.sel, l.times, l.stay = l.sel[:0], l.times[:0], l.stay[:0]
	for i, bound := range l.bounds {
		if bound <= watermark {
			l.sel, l.times = append(l.sel, int32(i)), append(l.times, bound)
		}
	}
	if len(l.sel) == 0 {
		return b, l.bounds, nil
	}
	if l.env.Late != nil {
		if err := l.env.Late(l.late, b, l.sel, l.times, watermark); err != nil {
			return nil, nil, err
		}
	}
	kept := l.bounds[:0]
	for i, bound := range l.bounds {
		if bound > watermark {
			l.stay, kept = append(l.stay, int32(i)), append(kept, bound)
		}
	}
	l.kept.Reset()
	l.kept.Gather(b, l.stay)
	return l.kept, kept, nil
}

// compute sets bounds to those of the rows of b.
func (l *bounder) compute(b *batch.Batch) error {
	ctx := l.env.Eval
	ctx.Errors.Truncate(0)
	v := l.bound.Eval(ctx, b)
	n := b.Len()
	l.bounds = slices.Grow(l.bounds[:0], n)[:n]
	if v.Const || v.HasNulls() {
		for i := range l.bounds {
			at := i
			if v.Const {
				at = 0
			}
			if l.bounds[i] = v.Ints[at]; v.IsNull(at) {
				l.bounds[i] = neverBound
			}
		}
	} else {
		copy(l.bounds, v.Ints)
	}
	if ctx.Errors.Len() > 0 {
		return l.env.Errors(ctx, b)
	}
	return nil
}

// gate turns the late rows of an input of a join away: those that have expired, and those whose partners have been dropped.
type gate struct {
	bounder  *bounder // nil if rows do not expire
	punctual []*bounder
}

func newGate(env *Env, bound flow.Expr, punctual []flow.Expr, late int, columns []types.Type) gate {
	g := gate{}
	if bound != nil {
		g.bounder = newBounder(env, bound, late, columns)
	}
	for _, e := range punctual {
		g.punctual = append(g.punctual, newBounder(env, e, late, columns))
	}
	return g
}

// inTime returns the rows of a batch that are not late at a watermark, with their bounds if they have some. What it returns is borrowed.
func (g *gate) inTime(b *batch.Batch, watermark int64) (_ *batch.Batch, bounds []int64, err error) {
	for _, p := range g.punctual {
		if b, _, err = p.split(b, watermark); err != nil {
			return nil, nil, err
		}
	}
	if g.bounder != nil {
		return g.bounder.split(b, watermark)
	}
	return b, nil, nil
}
