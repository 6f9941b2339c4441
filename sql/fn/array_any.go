package fn

import (
	"sync"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

type anyKey struct {
	op  *Operator
	all bool
}

var anyFunctions sync.Map

// AnyOf returns the function of x op ANY (array), or with all of x op ALL (array), for an operator that gives a boolean: its
// arguments are the operator's left type and an array of its right type. x IN (list) is the same with =. The same operator gives the
// same function.
func AnyOf(o *Operator, all bool) *Function {
	key := anyKey{o, all}
	if f, ok := anyFunctions.Load(key); ok {
		return f.(*Function)
	}
	name := o.Symbol + " any"
	if all {
		name = o.Symbol + " all"
	}
	array, ok := types.ArrayOf(types.Of(o.Right))
	if !ok { // of a polymorphic type
		array = types.Of(types.OIDAnyArray)
	}
	f, _ := anyFunctions.LoadOrStore(key, &Function{
		Name: name, Args: []types.OID{o.Left, array.OID}, Result: types.OIDBool, Volatility: o.Function.Volatility, NullCall: true, Monotone: -1,
		Kernel: func(c *Call) { anyOf(c, o, all) },
	})
	return f.(*Function)
}

// quantified is the scratch of anyOf.
type quantified struct {
	inner
	lefts, rights batch.Vec
	// rows has the row of the batch for each pair.
	rows  []int32
	array array
	item  []byte
	made  bool
}

// maxPairs is how many pairs of a row and an element are compared at once.
const maxPairs = 4096

// anyOf pairs every row with every element of its array, and computes the operator over the pairs.
func anyOf(c *Call, o *Operator, all bool) {
	q := scratch[quantified](c)
	if !q.made {
		q.lefts, q.made = batch.NewVec(c.typeOf(0)), true
		elem, _ := types.ElemOf(c.typeOf(1))
		q.rights = batch.NewVec(elem)
		q.array, _ = withCodec(types.Array{}, elem.OID)
	}
	q.lefts.Reset()
	q.rights.Reset()
	q.rows = q.rows[:0]
	out := grow(&c.Out.Bools, c.Rows)
	for i := range out {
		out[i] = all
		if c.isNull(1, i) {
			c.Out.SetNull(i)
			continue
		}
		if err := q.array.Open(c.bytes(1, i)); err != nil {
			c.fail(i, err)
			continue
		}
		left := &c.Args[0]
		for {
			v, ok, err := q.array.next(q.item[:0])
			if err != nil {
				c.fail(i, err)
				break
			}
			if !ok {
				break
			}
			q.item = v.Bytes
			q.lefts.AppendFrom(left.Vec, i&left.mask())
			q.rights.Append(v)
			q.rows = append(q.rows, int32(i))
			if len(q.rows) == maxPairs {
				q.flush(c, o, all)
			}
		}
	}
	q.flush(c, o, all)
}

// flush computes the pairs that are there and folds them into the rows: one that decides is the result, else a null makes it null.
func (q *quantified) flush(c *Call, o *Operator, all bool) {
	if len(q.rows) == 0 {
		return
	}
	from := c.Errors.Len()
	q.run(o.Function.Kernel, c, types.OIDBool, len(q.rows), Arg{Vec: &q.lefts}, Arg{Vec: &q.rights})
	kept := from
	for k := from; k < c.Errors.Len(); k++ {
		if pair := int(c.Errors.Rows[k]); !q.null(o, pair) {
			c.Errors.Rows[kept], c.Errors.Errs[kept] = q.rows[pair], c.Errors.Errs[k]
			kept++
		}
	}
	c.Errors.Truncate(kept)
	for pair, row := range q.rows {
		i := int(row)
		if c.Out.Bools[i] != all {
			continue // decided
		}
		switch {
		case q.null(o, pair):
			c.Out.SetNull(i)
		case q.out.Bools[pair] != all:
			c.Out.Bools[i] = !all
			clearNull(c.Out, i)
		}
	}
	q.lefts.Reset()
	q.rights.Reset()
	q.rows = q.rows[:0]
}

func (q *quantified) null(o *Operator, pair int) bool {
	if !o.Function.NullCall && (q.lefts.IsNull(pair) || q.rights.IsNull(pair)) {
		return true
	}
	return q.out.IsNull(pair)
}

func clearNull(v *batch.Vec, i int) {
	if w := i >> 6; w < len(v.Nulls) {
		v.Nulls[w] &^= 1 << (i & 63)
	}
}
