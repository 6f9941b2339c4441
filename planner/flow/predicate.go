package flow

import (
	"slices"
	"strconv"
	"strings"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// Predicate is a comparison of a column of a source with constants, which can be decided before there is a row. Column is a place in the
// relation.
type Predicate struct {
	batch.Predicate
	Name string     // of the column, for EXPLAIN
	Type types.Type // of the column
}

func (p *Predicate) String() string {
	var values []string
	for _, v := range p.Values {
		values = append(values, constText(&Const{Typ: p.Type, Value: v}))
	}
	what := strings.Join(values, ", ")
	op := [...]string{batch.Less: "<", batch.LessOrEqual: "<=", batch.Greater: ">", batch.GreaterOrEqual: ">=", batch.In: "=", batch.NotIn: "<>"}[p.Op]
	if len(values) > 1 {
		op, what = [...]string{batch.In: "in", batch.NotIn: "not in"}[p.Op], "("+what+")"
	}
	return fieldName(p.Name) + "@" + strconv.Itoa(p.Column) + " " + op + " " + what
}

func predicatesText(list []Predicate) string {
	var s []string
	for i := range list {
		s = append(s, list[i].String())
	}
	return strings.Join(s, " and ")
}

// TypeOf is the type of a column of the relation that the source reads or tests; columns are those of the node.
func (s *Source) TypeOf(column int, columns []types.Type) types.Type {
	if i := slices.Index(s.Columns, column); i >= 0 {
		return columns[i]
	}
	i := slices.IndexFunc(s.Where, func(p Predicate) bool { return p.Column == column })
	return s.Where[i].Type
}
