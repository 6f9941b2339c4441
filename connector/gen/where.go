package gen

import "github.com/freshetdb/freshet/sql/batch"

// test is a predicate on a column of which it is known what a row has.
type test struct {
	column    column
	predicate batch.Predicate
	// words tells for each of the column's words whether the predicate is true for it.
	words []bool
}

func newTest(c column, p batch.Predicate) test {
	t := test{column: c, predicate: p}
	for _, w := range c.words {
		t.words = append(t.words, p.MatchBytes([]byte(w)))
	}
	return t
}

// picked are the rows of a range, by their places behind its beginning: those for which all tests are true, and the others.
type picked struct {
	in, out []int32
	// all is for the values of a whole range.
	all batch.Vec
}

// choose tests the n rows behind from.
func (k *picked) choose(where []test, from int64, n int) {
	k.in = k.in[:0]
	for i := range n {
		k.in = append(k.in, int32(i))
	}
	for i := range where {
		t := &where[i]
		if t.words == nil {
			k.in = t.predicate.Refine(k.whole(&t.column, from, n), k.in)
			continue
		}
		kept := 0
		for _, row := range k.in {
			k.in[kept] = row // which rows are kept cannot be foreseen: there is no branch for it
			if t.words[t.column.word(from+int64(row))] {
				kept++
			}
		}
		k.in = k.in[:kept]
	}
	k.out = k.out[:0]
	for i, rest := int32(0), k.in; int(i) < n; i++ {
		if len(rest) > 0 && rest[0] == i {
			rest = rest[1:]
		} else {
			k.out = append(k.out, i)
		}
	}
}

// whole makes the values of a column for all of a range.
func (k *picked) whole(c *column, from int64, n int) *batch.Vec {
	if k.all.Kind() != c.typ.Kind() || k.all.Type().OID == 0 {
		k.all = batch.NewVec(c.typ)
	}
	k.all.Reset()
	c.fill(&k.all, from, n)
	return &k.all
}

// fill appends the rows of a range that sel lists.
func (k *picked) fill(b *batch.Batch, columns []column, from int64, n int, sel []int32) {
	for i := range columns {
		if c := &columns[i]; c.pick != nil {
			c.pick(&b.Cols[i], from, sel)
		} else {
			b.Cols[i].Gather(k.whole(c, from, n), sel)
		}
	}
	b.SetLen(b.Len() + len(sel))
}
