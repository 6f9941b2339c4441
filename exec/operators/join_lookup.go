package operators

import (
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// A lookup join joins left rows as they come, with what the right side had at the end of the tick before, and keeps none of them. So
// changes of the right side wait for the end of the tick, and nothing that was emitted depends on them.
type joinLookup struct {
	join    *join
	waiting *batch.Batch
	all     []int32
}

// wait keeps changes of the right side until the end of the tick.
func (l *joinLookup) wait(b *batch.Batch) error {
	for i := len(l.all); i < b.Len(); i++ {
		l.all = append(l.all, int32(i))
	}
	l.waiting.Gather(b, l.all[:b.Len()])
	return nil
}

// noteEmpty lists the buckets that a batch of the left side has made to find out that the table has nothing for them.
func (l *joinLookup) noteEmpty() {
	if l.join.load.complete[1] {
		return
	}
	for _, bucket := range l.join.rows {
		if bucket != nil {
			l.join.noteEmpty(bucket)
		}
	}
}

// apply makes the right side what it is now.
func (l *joinLookup) apply() error {
	b, j := l.waiting, l.join
	if b.Len() == 0 {
		return nil
	}
	own := &j.sides[1]
	if err := j.findBuckets(own, b, true); err != nil {
		return err
	}
	if err := j.read(); err != nil {
		return err
	}
	if err := j.insert(own, b, nil); err != nil {
		return err
	}
	if j.spec.Kind != flow.InnerJoin {
		j.count(own, b)
	}
	b.Reset()
	return nil
}
