package pgcatalog

import "github.com/freshetdb/freshet/sql/fn"

const (
	indexKind      = fn.IndexKind
	constraintKind = fn.ConstraintKind
)
