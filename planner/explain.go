package planner

import (
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/planner/bind"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// Explain writes a planned statement as text: its graph, and if verbose is set the stages that led to it.
func Explain(p *Prepared, verbose bool) string {
	if !verbose {
		return flow.String(p.Graph)
	}
	var rules []string
	for _, s := range p.Steps {
		rules = append(rules, s.Rule)
	}
	return "bound:\n" + indented(plan.String(p.Bound)) +
		"rules: " + strings.Join(rules, ", ") + "\n" +
		"optimized:\n" + indented(plan.String(p.Optimized)) +
		"graph:\n" + indented(flow.String(p.Graph))
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}

// renameColumns gives a view's columns the names of its definition, and refuses names that are there twice.
func renameColumns(r *bind.Result, names []string) error {
	if len(names) > len(r.Columns) {
		return pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	cols := append([]plan.Column(nil), r.Columns...)
	seen := map[string]bool{}
	for i := range cols {
		if i < len(names) {
			cols[i].Name = names[i]
		}
		if seen[cols[i].Name] {
			return pgerr.Newf(pgerr.DuplicateColumn, "column %q specified more than once", cols[i].Name)
		}
		seen[cols[i].Name] = true
	}
	r.Columns = cols
	return nil
}
