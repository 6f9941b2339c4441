package parse

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// Flink's older windows are functions in GROUP BY:
//
//	SELECT k, TUMBLE_START(ts, INTERVAL '1' MINUTE), count(*) FROM t GROUP BY k, TUMBLE(ts, INTERVAL '1' MINUTE)
//
// They become the window over the FROM item that has the time column, grouped by its bounds:
//
//	SELECT k, window_start, count(*) FROM TUMBLE(t, ts, INTERVAL '1' MINUTE) GROUP BY k, window_start, window_end

// windowBounds are the functions that give a group's bounds, with the columns that they become.
var windowBounds = map[ast.Ident]ast.Ident{
	"tumble_start": "window_start", "tumble_end": "window_end", "tumble_rowtime": "window_time",
	"hop_start": "window_start", "hop_end": "window_end", "hop_rowtime": "window_time",
	"session_start": "window_start", "session_end": "window_end", "session_rowtime": "window_time",
}

// groupWindow returns the window function in GROUP BY that e is, if it is one.
func groupWindow(e ast.Expr) (*ast.FuncCall, bool) {
	f, ok := e.(*ast.FuncCall)
	if !ok || len(f.Name.Parts) != 1 || len(f.Args) < 2 {
		return nil, false
	}
	switch f.Name.Parts[0] {
	case "tumble", "hop", "session":
		return f, true
	}
	return nil, false
}

// rewriteGroupWindows does that for all blocks of the lowering that group by a window.
func (p *parser) rewriteGroupWindows() {
	for _, s := range p.low.grouped {
		for i, g := range s.GroupBy {
			if f, ok := groupWindow(g); ok {
				p.rewriteGroupWindow(s, i, f)
				break
			}
		}
	}
}

func (p *parser) rewriteGroupWindow(s *ast.Select, at int, f *ast.FuncCall) {
	shape := windowShapes[string(f.Name.Parts[0])]
	col, ok := f.Args[0].Value.(*ast.ColumnRef)
	item := windowedItem(s.From, col)
	if !ok || item < 0 || len(f.Args) < shape.required+1 || len(f.Args) > len(shape.intervals)+1 {
		e := pgerr.Newf(pgerr.SyntaxError, "wrong use of %s in GROUP BY", shape.kind).At(int(f.Pos))
		p.fail(e.WithHint("Group by the bounds of a window in FROM: FROM %s ... GROUP BY window_start, window_end.", shape.usage()))
		return
	}
	w := &ast.WindowRef{Pos: f.Pos, Kind: shape.kind, Input: s.From[item], TimeColumn: col}
	for i, name := range shape.intervals[:len(f.Args)-1] {
		arg := f.Args[i+1].Value
		switch name {
		case "size", "gap":
			w.Size = arg
		case "slide":
			w.Step = arg
		case "offset":
			w.Offset = arg
		}
	}
	liftAlias(w)
	if w.Kind == ast.Session {
		w.PartitionBy = p.sessionKeys(s.GroupBy, at)
	}
	s.From[item] = w
	bounds := []ast.Expr{boundColumn(f.Pos, "window_start"), boundColumn(f.Pos, "window_end")}
	s.GroupBy = append(append(append([]ast.Expr{}, s.GroupBy[:at]...), bounds...), s.GroupBy[at+1:]...)
	for _, t := range s.Targets {
		replaceBounds(&t.X)
	}
	replaceBounds(&s.Having)
}

// sessionKeys returns what sessions are kept apart by: the columns beside the window in GROUP BY, as columns of its input.
func (p *parser) sessionKeys(groupBy []ast.Expr, window int) []ast.Expr {
	var keys []ast.Expr
	for i, g := range groupBy {
		if i == window {
			continue
		}
		col, ok := g.(*ast.ColumnRef)
		if !ok {
			e := pgerr.New(pgerr.SyntaxError, "SESSION in GROUP BY can only stand beside columns").At(int(g.At()))
			p.fail(e.WithHint("Use a window in FROM: FROM %s.", "SESSION(relation PARTITION BY expression, time column, gap)"))
			return nil
		}
		keys = append(keys, &ast.ColumnRef{Pos: col.Pos, Parts: col.Parts[len(col.Parts)-1:]})
	}
	return keys
}

func boundColumn(pos ast.Pos, name ast.Ident) ast.Expr {
	return &ast.ColumnRef{Pos: pos, Parts: []ast.Ident{name}}
}

// windowedItem returns the FROM item whose column the time is: the only one, or the one that the column names; -1 for none.
func windowedItem(from []ast.TableExpr, col *ast.ColumnRef) int {
	if len(from) == 1 {
		if _, join := from[0].(*ast.Join); !join {
			return 0
		}
	}
	if col == nil || len(col.Parts) < 2 {
		return -1
	}
	for i, item := range from {
		if aliasOf(item) == col.Parts[0] {
			return i
		}
	}
	return -1
}

// aliasOf returns the name by which a FROM item's columns are qualified.
func aliasOf(t ast.TableExpr) ast.Ident {
	switch t := t.(type) {
	case *ast.TableRef:
		if t.Alias != nil {
			return t.Alias.Name
		}
		return t.Name.Last()
	case *ast.SubqueryRef:
		if t.Alias != nil {
			return t.Alias.Name
		}
	default: // a window in GROUP BY over those is refused
	}
	return ""
}

// liftAlias moves the alias of a window's input to the window, whose columns it names from outside, and takes it from the
// arguments, which are columns of the input.
func liftAlias(w *ast.WindowRef) {
	if t, ok := w.Input.(*ast.TableRef); ok {
		w.Alias, t.Alias = t.Alias, nil
	}
	if s, ok := w.Input.(*ast.SubqueryRef); ok {
		w.Alias, s.Alias = s.Alias, nil
	}
	col := w.TimeColumn.(*ast.ColumnRef)
	w.TimeColumn = &ast.ColumnRef{Pos: col.Pos, Parts: col.Parts[len(col.Parts)-1:]}
}

// replaceBounds replaces TUMBLE_START(...) and its relatives in a target by the window's columns.
func replaceBounds(e *ast.Expr) {
	ast.Rewrite(e, func(x ast.Expr) ast.Expr {
		if f, ok := x.(*ast.FuncCall); ok && len(f.Name.Parts) == 1 {
			if column, ok := windowBounds[f.Name.Parts[0]]; ok {
				return boundColumn(f.Pos, column)
			}
		}
		return x
	})
}
