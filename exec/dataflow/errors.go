package dataflow

import (
	"fmt"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/flow"
)

// graphError is an error that one graph is at fault for.
type graphError struct {
	graph *graph
	err   error
}

func (e *graphError) Error() string { return e.err.Error() }

func (e *graphError) Unwrap() error { return e.err }

// feedError is that a piece of a source cannot be used.
type feedError struct {
	partition *partition
	err       error
}

func (e *feedError) Error() string { return e.err.Error() }

func (e *feedError) Unwrap() error { return e.err }

// ConflictError says that a transaction cannot be admitted, since something that it has read was changed after its snapshot. To be
// run again from a new snapshot; the client sees 40001.
type ConflictError struct {
	// Relation is the one that was changed.
	Relation flow.RelationID
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("relation %d has changed since the snapshot of the transaction", e.Relation)
}

// As makes errors.As find what the client sees.
func (e *ConflictError) As(target any) bool {
	p, ok := target.(**pgerr.Error)
	if ok {
		*p = pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update").
			WithHint("The transaction might succeed if retried.")
	}
	return ok
}

// UniqueError is 23505: a key would be there twice.
type UniqueError struct {
	// Relation is the one with the key.
	Relation flow.RelationID
	// Told is what a client is told, but for the schema, which the runtime does not know.
	Told *pgerr.Error
}

func (e *UniqueError) Error() string { return e.Told.Error() }

func (e *UniqueError) Unwrap() error { return e.Told }

// FailedError says that a graph has failed and is not kept up to date any more.
type FailedError struct {
	Graph flow.RelationID
	Err   error
}

func (e *FailedError) Error() string { return fmt.Sprintf("graph %d has failed: %v", e.Graph, e.Err) }

func (e *FailedError) Unwrap() error { return e.Err }

// uniqueViolation is the SQLSTATE of a row whose key is there already.
const uniqueViolation pgerr.Code = "23505"
