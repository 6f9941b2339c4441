package operators

import (
	"github.com/freshetdb/freshet/exec/op"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/sql/batch"
)

// Tests have few rows: what is for many begins early there.
func init() {
	backgroundRows = 2
	largeBucket = 2
	piecesBytes = 24
	logChunkRows, logSlack, logNumbers, recordRows = 3, 2, 8, 2
}

// SessionRows is how many rows sessions keep.
func SessionRows(o op.Operator) int { return o.(*sessions).index.used }

// SessionGroups is how many sessions and partitions are in memory where sessions keep the states of groups.
func SessionGroups(o op.Operator) int {
	s := o.(*sessionGroups)
	return s.sessions.Len() + s.parts.groups.Len()
}

// LargeLogs lets the chunks and records of logs have as many rows as outside of tests, until what is returned is called.
func LargeLogs() (restore func()) {
	chunk, slack, numbers, record := logChunkRows, logSlack, logNumbers, recordRows
	logChunkRows, logSlack, logNumbers, recordRows = logRows, logRows, logMostChunks, 1024
	return func() { logChunkRows, logSlack, logNumbers, recordRows = chunk, slack, numbers, record }
}

// RecordRows sets the most rows of a record of a log, until what is returned is called.
func RecordRows(n int) (restore func()) {
	before := recordRows
	recordRows = n
	return func() { recordRows = before }
}

// ClassesOfOneHash answers the class of each row of a batch by its keys, as if all had the same hash.
func ClassesOfOneHash(spec *flow.LocalAggregate, b *batch.Batch) (classes []int32) {
	c := newLocalClasses(spec)
	for i := range b.Len() {
		classes = append(classes, c.class(&classWords{key: 1}, b, int32(i)))
	}
	return classes
}

// LocalBytes is how many bytes a LocalAggregate remembers of its classes.
func LocalBytes(o op.Operator) int { return o.(*localAggregate).classes.heads.Bytes() }
