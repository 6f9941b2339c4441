// Package opt rewrites logical plans: each rule is a file, and the list below is the order in which they run.
package opt

import (
	"slices"

	"github.com/freshetdb/freshet/planner/plan"
	"github.com/freshetdb/freshet/sql/fn"
	"github.com/freshetdb/freshet/sql/types"
)

// Rule is one rewriting of a whole plan. Apply tells whether it changed anything; it never changes the columns of the plan, nor nodes
// it was given.
type Rule struct {
	Name  string
	Apply func(plan.Node) (n plan.Node, changed bool)
}

// Step is one rule that changed the plan, and the plan after it.
type Step struct {
	Rule  string
	After plan.Node
}

// Options are what rules need to know.
type Options struct {
	// Functions are where rules find the operators that they put in; nil are the builtins.
	Functions *fn.Registry
	// Settings are those of the session; nil are the defaults.
	Settings *types.Settings
}

// maxRounds bounds how often the rules of one phase are tried; more would be a rule that undoes another.
const maxRounds = 50

// Optimize runs all rules and gives the plan with the steps that led to it.
func Optimize(n plan.Node, o Options) (plan.Node, []Step) {
	if o.Functions == nil {
		o.Functions = fn.Builtins()
	}
	if o.Settings == nil {
		o.Settings = types.DefaultSettings
	}
	w := &rewriter{Options: o, last: plan.MaxColumn(n)}
	var steps []Step
	for _, phase := range w.phases() {
		for range maxRounds {
			changed := false
			for _, r := range phase {
				next, ok := r.Apply(n)
				if !ok {
					continue
				}
				n, changed = next, true
				steps = append(steps, Step{r.Name, n})
			}
			if !changed {
				break
			}
		}
	}
	return n, steps
}

// rewriter is the work on one plan.
type rewriter struct {
	Options
	last plan.ColumnID
	// transferred tells that transferConstants has run.
	transferred bool
}

// phases are the rules in their order. The rules of a phase run until none of them changes anything.
func (w *rewriter) phases() [][]Rule {
	simplify := []Rule{
		{"FoldConstants", w.foldConstants},
		{"SimplifyBooleans", w.simplifyBooleans},
	}
	push := []Rule{
		{"RemoveFilter", w.removeFilter},
		{"RemoveEmpty", w.removeEmpty},
		{"MergeFilters", w.mergeFilters},
		{"PushFilter", w.pushFilter},
		{"OuterToInner", w.outerToInner},
		{"DropOneRow", w.dropOneRow},
		{"MergeProjects", w.mergeProjects},
		{"DropProject", w.dropProject},
		{"DropOrder", w.dropOrder},
		{"DropDistinct", w.dropDistinct},
	}
	shape := []Rule{
		{"TopN", w.topN},
		{"DistinctOnToTopN", w.distinctOn},
		{"GroupWindows", w.groupWindows},
		{"MaxJoin", w.maxJoin},
		{"MaxWindowJoin", w.maxWindowJoin},
	}
	all := append(append(append([]Rule{}, simplify...), push...), shape...)
	return [][]Rule{
		simplify,
		{{"UnnestSubqueries", w.unnestSubqueries}},
		append(append([]Rule{}, simplify...), Rule{"RemoveFilter", w.removeFilter}),
		{{"Decorrelate", w.decorrelate}},
		all,
		{{"OrderJoins", w.orderJoins}, {"TransferConstants", w.transferConstants}},
		append(slices.Clone(all), Rule{"AggregateStream", w.aggregateStream}),
		{{"PruneColumns", w.pruneColumns}},
		append(append([]Rule{}, push...), shape...),
		{{"ShareExprs", w.shareExprs}},
	}
}

// column makes a new column.
func (w *rewriter) column(name string, t types.Type) plan.Column {
	w.last++
	return plan.Column{ID: w.last, Name: name, Type: t}
}

func (w *rewriter) nextID() plan.ColumnID {
	w.last++
	return w.last
}

// everywhere applies f to every node of a plan, inputs first.
func everywhere(n plan.Node, f func(plan.Node) (plan.Node, bool)) (plan.Node, bool) {
	changed := false
	var visit func(plan.Node) plan.Node
	visit = func(n plan.Node) plan.Node {
		below := false
		inputs := plan.MapInputs(n, func(in plan.Node) plan.Node {
			out := visit(in)
			below = below || out != in
			return out
		})
		if below {
			n = inputs
		}
		if out, ok := f(n); ok {
			changed = true
			return out
		}
		return n
	}
	return visit(n), changed
}

// exprsEverywhere applies f to every expression of a plan, leaves first.
func exprsEverywhere(n plan.Node, f func(plan.Expr) (plan.Expr, bool)) (plan.Node, bool) {
	return everywhere(n, func(n plan.Node) (plan.Node, bool) {
		changed := false
		out := plan.MapExprs(n, func(e plan.Expr) plan.Expr {
			if hasSubquery(e) {
				return e
			}
			return plan.MapExpr(e, func(e plan.Expr) plan.Expr {
				x, ok := f(e)
				changed = changed || ok
				if ok {
					return x
				}
				return e
			})
		})
		if !changed {
			return n, false
		}
		return out, true
	})
}

func hasSubquery(e plan.Expr) bool {
	found := false
	plan.VisitExpr(e, func(e plan.Expr) bool {
		_, ok := e.(*plan.Subquery)
		found = found || ok
		return !found
	})
	return found
}

func ref(c plan.Column) *plan.ColumnRef { return &plan.ColumnRef{ID: c.ID, Name: c.Name, Typ: c.Type} }

func refs(cols []plan.Column) []plan.Expr {
	out := make([]plan.Expr, len(cols))
	for i, c := range cols {
		out[i] = ref(c)
	}
	return out
}

func boolConst(b bool) plan.Expr { return &plan.Const{Typ: plan.Bool, Value: types.BoolValue(b)} }

// isVolatile tells whether an expression must be computed once for each row, where it is.
func isVolatile(e plan.Expr) bool {
	found := false
	plan.VisitExpr(e, func(e plan.Expr) bool {
		if c, ok := e.(*plan.Call); ok && c.Function.Volatility == fn.Volatile {
			found = true
		}
		return !found
	})
	return found
}

// substitute replaces columns by expressions.
func substitute(e plan.Expr, by map[plan.ColumnID]plan.Expr) plan.Expr {
	return plan.MapExpr(e, func(e plan.Expr) plan.Expr {
		if c, ok := e.(*plan.ColumnRef); ok {
			if x, ok := by[c.ID]; ok {
				return x
			}
		}
		return e
	})
}

// onto is a projection that leaves only some columns of a node.
func onto(n plan.Node, cols []plan.Column) plan.Node {
	return &plan.Project{Input: n, Exprs: refs(cols), Cols: cols}
}

// filtered is a node under a condition; nil is none.
func filtered(n plan.Node, cond plan.Expr) plan.Node {
	if cond == nil {
		return n
	}
	return &plan.Filter{Input: n, Cond: cond}
}

var bigint = types.Of(types.OIDInt8)
