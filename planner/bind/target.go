package bind

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// This file is target lists and the names of their columns (parse_target.c).

// field is a value with a name: what * stands for.
type field struct {
	name  string
	value scalar
}

// targetsMax is how many entries a target list or a row may have, those among them that only order or group: PostgreSQL's limit.
const targetsMax = 1664

func checkTargetCount(targets []*target) error {
	if len(targets) > targetsMax {
		return pgerr.Newf(pgerr.TooManyColumns, "target lists can have at most %d entries", targetsMax)
	}
	return nil
}

func (s *scope) targetList(list []*ast.Target, k kind) ([]*target, error) {
	var out []*target
	err := s.in(k, func() error {
		for _, t := range list {
			fields, ok, err := s.expandStar(t.X)
			if err != nil {
				return err
			}
			if ok {
				for _, f := range fields {
					out = append(out, &target{x: f.value, name: f.name})
				}
				continue
			}
			x, err := s.bind(t.X)
			if err != nil {
				return err
			}
			name := string(t.Alias)
			if name == "" {
				name = columnNameOf(t.X)
			}
			out = append(out, &target{x: x, name: name})
		}
		return nil
	})
	return out, err
}

// expandStar gives the columns of *, t.* and (row).*; ok is false for other expressions.
func (s *scope) expandStar(e ast.Expr) (fields []field, ok bool, err error) {
	switch e := e.(type) {
	case *ast.Star:
		fields, err = s.starFields(e)
		return fields, true, err
	case *ast.Indirection:
		last := e.Steps[len(e.Steps)-1]
		if !last.Star {
			return nil, false, nil
		}
		var x scalar
		if len(e.Steps) == 1 {
			x, err = s.bind(e.X)
		} else {
			x, err = s.bind(&ast.Indirection{Pos: e.Pos, X: e.X, Steps: e.Steps[:len(e.Steps)-1]})
		}
		if err != nil {
			return nil, true, err
		}
		values, names, isRow := s.b.fieldsOf(x)
		if !isRow {
			if isRowType(x.oid()) {
				return nil, true, errAt(x.pos, pgerr.UndefinedObject, "record type has not been registered")
			}
			return nil, true, errAt(x.pos, pgerr.WrongObjectType, "type %s is not composite", s.b.nameOf(x.Type()))
		}
		for i, v := range values {
			fields = append(fields, field{names[i], v})
		}
		return fields, true, nil
	default:
		return nil, false, nil
	}
}

func (s *scope) starFields(e *ast.Star) ([]field, error) {
	pos := int(e.Pos)
	var fields []field
	var columns []starColumn
	collect := func(owner *scope, i *item) {
		for k, c := range i.columns {
			if !c.hidden {
				columns = append(columns, starColumn{i, k})
				fields = append(fields, field{c.name, owner.use(i, k, pos)})
			}
		}
	}
	if len(e.Qualifier) > 0 {
		i, owner, err := s.findItem(e.Qualifier, pos)
		if err != nil {
			return nil, err
		}
		if i == nil {
			if err := s.checkDatabase(e.Qualifier, pos); err != nil {
				return nil, err
			}
			return nil, s.missingItem(e.Qualifier, pos)
		}
		collect(owner, i)
	} else {
		found := false
		for _, i := range s.visible {
			if i.noColumns {
				continue
			}
			found = true
			collect(s, i)
		}
		if !found {
			return nil, errAt(pos, pgerr.SyntaxError, "SELECT * with no tables specified is not valid")
		}
	}
	s.tellStar(e, columns)
	return except(fields, e)
}

// except takes columns out of a star.
func except(fields []field, e *ast.Star) ([]field, error) {
	for _, name := range e.Except {
		before := len(fields)
		fields = slices.DeleteFunc(fields, func(f field) bool { return f.name == string(name) })
		if len(fields) == before {
			return nil, errAt(int(e.Pos), pgerr.UndefinedColumn, "column %q does not exist", string(name)).
				WithHint("EXCEPT names columns that * stands for.")
		}
	}
	return fields, nil
}

// columnNameOf is FigureColname: the name of a column that was given none.
func columnNameOf(e ast.Expr) string {
	name, _ := figureName(e)
	if name == "" {
		return "?column?"
	}
	return name
}

// figureName gives the name and how good it is: 0 none, 1 that of a type, 2 that of a column or function.
func figureName(e ast.Expr) (name string, strength int) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return string(e.Parts[len(e.Parts)-1]), 2
	case *ast.Star:
		return "", 0
	case *ast.Indirection:
		for _, st := range slices.Backward(e.Steps) {
			if st.Field != "" {
				return string(st.Field), 2
			}
		}
		return figureName(e.X)
	case *ast.FuncCall:
		return string(e.Name.Last()), 2
	case *ast.AtTimeZone:
		return "timezone", 2
	case *ast.Cast:
		if name, strength := figureName(e.X); strength > 1 {
			return name, strength
		}
		return string(e.Type.Name.Last()), 1
	case *ast.Collate:
		return figureName(e.X)
	case *ast.Case:
		if e.Else != nil {
			if name, strength := figureName(e.Else); strength > 1 {
				return name, strength
			}
		}
		return "case", 1
	case *ast.Array:
		return "array", 2
	case *ast.Row:
		return "row", 2
	case *ast.Special:
		if e.Kind == "NULLIF" {
			return "nullif", 2
		}
		return strings.ToLower(e.Kind), 2
	case *ast.ValueFunc:
		return strings.ToLower(e.Kind), 2
	case *ast.Subquery:
		switch e.Kind {
		case ast.ExistsSubquery:
			return "exists", 2
		case ast.ArraySubquery:
			return "array", 2
		case ast.ScalarSubquery:
		}
		return subqueryName(e.Query)
	case *ast.JSONFunc:
		return strings.ToLower(e.Kind), 2
	default:
		return "", 0
	}
}

// subqueryName is the name of a scalar subquery: that of its first column.
func subqueryName(q *ast.Query) (string, int) {
	body := q.Body
	for {
		switch b := body.(type) {
		case *ast.Query:
			body = b.Body
		case *ast.SetOp:
			body = b.Left
		case *ast.Values:
			return "column1", 2
		case *ast.Select:
			if len(b.Targets) == 0 {
				return "", 0
			}
			if a := b.Targets[0].Alias; a != "" {
				return string(a), 2
			}
			if name, _ := figureName(b.Targets[0].X); name != "" {
				return name, 2
			}
			return "?column?", 2
		default:
			return "", 0
		}
	}
}
