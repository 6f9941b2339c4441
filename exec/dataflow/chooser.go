package dataflow

import (
	"slices"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/exec/operators"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// choosing is how columns are put off: where the one graph that reads a feed drops rows by a few columns as soon as they come, the other
// columns are made of the rest only.
type choosing struct {
	chooser *node // behind the source; nil: all columns are made at once
	// deferred are those of the columns that are read which are made of chosen rows only; early the others.
	deferred, early []int
	looks           []int // what the chooser looks at, as places in early
}

func (c *choosing) equal(o *choosing) bool {
	return c.chooser == o.chooser && slices.Equal(c.deferred, o.deferred)
}

// findChooser answers the node behind a source that chooses rows, if there is no other, and the places in the source's columns that it looks at.
func findChooser(source *node) (found *node, looks []int) {
	for _, n := range source.graph.nodes {
		for _, e := range n.inputs {
			if e.from != source {
				continue
			}
			spec, local := n.spec.(*flow.LocalTop)
			if !local || spec.Bound != nil || e.exchange != nil || found != nil {
				return nil, nil
			}
			found, looks = n, operators.LooksAt(spec)
		}
	}
	return found, looks
}

// choose finds the columns that can wait until rows have been chosen: not those that are looked at, or that the time is made of.
func (r *reading) choose(from connector.Source, source *node) {
	spec := source.spec.(*flow.Source)
	chooser, looks := findChooser(source)
	if chooser == nil || source.sum || len(spec.Where) > 0 {
		return
	}
	var early []int
	for _, i := range looks {
		early = append(early, spec.Columns[i])
	}
	if spec.Watermark != nil {
		flow.MapColumns(spec.Watermark.Expr, func(i int) int {
			early = append(early, spec.Columns[i])
			return i
		})
	}
	c := choosing{chooser: chooser}
	for _, column := range r.columns {
		if from.Defers(column) && !slices.Contains(early, column) {
			c.deferred = append(c.deferred, column)
		} else {
			c.early = append(c.early, column)
		}
	}
	for _, i := range looks {
		c.looks = append(c.looks, slices.Index(c.early, spec.Columns[i]))
	}
	if len(c.deferred) > 0 {
		r.choosing = c
	}
}

// decodes are the columns that rows are decoded into at first.
func (r *reading) decodes() []int {
	if r.chooser != nil {
		return r.early
	}
	return r.columns
}

// choice is the memory of a choice.
type choice struct {
	early    batch.Batch
	looked   batch.Batch  // those of its columns that the chooser looks at
	places   []int        // of the early columns in the rows
	deferred []*batch.Vec // of the rows
}

func (r *reading) choice(rows *batch.Batch, early batch.Batch) choice {
	c := choice{early: early}
	c.looked.Cols = make([]batch.Vec, len(r.looks))
	for _, column := range r.early {
		c.places = append(c.places, slices.Index(r.columns, column))
	}
	for _, column := range r.deferred {
		c.deferred = append(c.deferred, &rows.Cols[slices.Index(r.columns, column)])
	}
	return c
}

// complete makes the chosen rows.
func (c *choice) complete(rows *batch.Batch, piece connector.DeferringPiece, sel []int32) {
	for i, place := range c.places {
		rows.Cols[place].Gather(&c.early.Cols[i], sel)
	}
	piece.Complete(c.deferred, sel)
	rows.SetLen(len(sel))
}

// decodeChosen decodes a piece as decode does, but most columns only of the rows that the chooser lets pass.
func (t *taken) decodeChosen(worker int, limit int64, memory *decoded, report connector.Report) error {
	f := t.partition.feed
	source, chooser := f.nodes[0].procs[worker], f.read.chooser.procs[worker]
	piece, early, rows := t.piece.(connector.DeferringPiece), &memory.choice.early, &memory.rows
	for more := true; more; {
		early.Reset()
		rows.Reset()
		var err error
		if more, err = piece.Decode(early, nil, report); err != nil {
			return &feedError{t.partition, err}
		}
		if f.clock != nil {
			t.tell(f.clock[worker], early, limit)
		}
		t.rows += int64(early.Len())
		sel := chooser.choose(pick(&memory.choice.looked, early, f.read.looks))
		memory.choice.complete(rows, piece, sel)
		source.rowsIn += int64(early.Len() - len(sel)) // they were read for it
		if err := source.push(0, rows); err != nil {
			return err
		}
		rows.Scribble()
	}
	t.release()
	return nil
}

// choose asks a chooser which rows of a batch pass.
func (p *proc) choose(looked *batch.Batch) []int32 {
	before := p.time.turn(p)
	sel := p.op.(op.Chooser).Choose(looked)
	p.time.turn(before)
	return sel
}
