package plan

import "github.com/freshetdb/freshet/sql/types"

// Use is what an expression outside of queries is for: what may be in it, the type that it must have, and how errors speak of it.
type Use struct {
	Kind UseKind
	Type types.Type
	// Column is what it gives a value or a watermark.
	Column string
	// Param is the number of the parameter that it gives a value, 1 for $1.
	Param int
}

// UseKind is the place where an expression outside of queries stands.
type UseKind uint8

// The places.
const (
	UseDefault    UseKind = iota
	UseGenerated          // the value of a generated column
	UseCheck              // the condition of a CHECK
	UseIndexWhere         // the condition of a partial index
	UseCopyWhere          // the condition of COPY FROM
	UseTransform          // USING of ALTER COLUMN TYPE; the column itself if there is none
	UseArgument           // an argument of EXECUTE
	UseWatermark          // the watermark of a source
)

// Condition is a use that wants a boolean.
func Condition(k UseKind) Use { return Use{Kind: k, Type: Bool} }

// ValueOf is a use that gives a column its value, or a watermark.
func ValueOf(k UseKind, column string, t types.Type) Use {
	return Use{Kind: k, Column: column, Type: t}
}

// Argument is the use of an argument of EXECUTE.
func Argument(param int, t types.Type) Use {
	return Use{Kind: UseArgument, Param: param, Type: t}
}
