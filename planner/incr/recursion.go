package incr

import (
	"slices"

	"github.com/freshetdb/freshet/internal/invariants"
	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/planner/plan"
)

// recursion lowers a recursive query: its step becomes a graph of its own, which is run over and over.
func (l *lowering) recursion(n *plan.Recursion) (*rel, error) {
	if !l.OneShot {
		return nil, invariants.Errorf("a recursive query in a graph that runs on")
	}
	init, err := l.lower(n.Init)
	if err != nil {
		return nil, err
	}
	l.consolidate(init)
	step := &lowering{
		Options: l.Options, g: &flow.Graph{}, made: map[string]*rel{}, joined: map[joinedInput]*rel{},
		rounds: append(slices.Clone(l.rounds), n.ID),
	}
	last, err := step.lower(n.Step)
	if err != nil {
		return nil, err
	}
	step.finish(last)
	step.keepSides()
	for _, text := range step.notices {
		l.notice(text)
	}
	r := rel{cols: n.Cols, appendOnly: true, dist: []int{}}
	spec := &flow.Recursion{Columns: r.types(), All: n.All, Always: !plan.Follows(n.Step, n.ID), Step: len(l.g.Steps)}
	l.g.Steps = append(l.g.Steps, step.g)
	out := l.add(spec, r, exchange(init, []int{}))
	if l.g.Nodes[out.id].Spec != spec { // there was one already
		l.g.Steps = l.g.Steps[:spec.Step]
	}
	return out, nil
}

// working is what the last round of a recursion around has given.
func (l *lowering) working(n *plan.Working) (*rel, error) {
	at := slices.Index(l.rounds, n.ID)
	if at < 0 {
		return nil, invariants.Errorf("the rows of a recursion are read outside of it")
	}
	r := rel{cols: n.Cols, appendOnly: true, dist: []int{}}
	return l.add(&flow.Working{Columns: r.types(), Level: len(l.rounds) - 1 - at}, r), nil
}

// keepSides has joins of a step keep the side that is the same in every round, if the other one is what changes. Which rows they emit alone must not
// depend on rows of another round.
func (l *lowering) keepSides() {
	changes := make([]bool, len(l.g.Nodes))
	for i := range l.g.Nodes {
		n := &l.g.Nodes[i]
		changes[i] = l.changes(n) || slices.ContainsFunc(n.Inputs, func(in flow.Input) bool { return changes[in.Node] })
		j, ok := n.Spec.(*flow.Join)
		if !ok || j.Lookup {
			continue
		}
		left, right := changes[n.Inputs[0].Node], changes[n.Inputs[1].Node]
		switch {
		case left && !right && j.Kind != flow.FullJoin:
			j.Stays = flow.RightSide
		case right && !left && j.Kind == flow.InnerJoin:
			j.Stays = flow.LeftSide
		}
	}
}

// changes tells whether a node alone may give other rows in another round, of the same input.
func (l *lowering) changes(n *flow.Node) bool {
	switch s := n.Spec.(type) {
	case *flow.Working:
		return true
	case *flow.Recursion: // one within may read the rows of this one
		return true
	default:
		return volatileSpec(s)
	}
}

// volatile tells whether a node must be computed apart even from one that reads the same.
func (l *lowering) volatile(spec flow.Spec) bool {
	r, ok := spec.(*flow.Recursion)
	if !ok {
		return volatileSpec(spec)
	}
	found := false
	l.g.Steps[r.Step].Each(func(g *flow.Graph) {
		for i := range g.Nodes {
			found = found || volatileSpec(g.Nodes[i].Spec)
		}
	})
	return found
}
