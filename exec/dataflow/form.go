package dataflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/freshetdb/freshet/planner/flow"
	"github.com/freshetdb/freshet/storage/meta"
)

// formSetting is the name of the record of the form (flow.Form) of the graph that has made what is kept under an id. It is written in the epoch in which the
// graph is made, and gone with it.
func formSetting(id flow.RelationID) string { return fmt.Sprintf("%sform.%d", reservedSetting, id) }

// KeptForm is the form of the graph that has made what the store has under an id, if it is known.
func KeptForm(c *meta.Contents, id flow.RelationID) (form string, known bool) {
	name := formSetting(id)
	for _, s := range c.Settings {
		if s.Name == name {
			return s.Value, true
		}
	}
	return "", false
}

func (g *graph) formRecord() meta.Setting {
	return meta.Setting{Name: formSetting(g.id()), Value: flow.Form(g.def.Graph)}
}

// record is what the store has of a new graph beside what it keeps.
func (g *graph) record() meta.Setting {
	if g.def.Temporary {
		return g.temporaryRecord()
	}
	return g.formRecord()
}

// standsAside tells whether a graph that was there before takes no part in the dataflow: it had failed, or what it keeps is not what its plan is for now, or what it
// scans has failed. The first epoch says so in the store, since the graph misses its changes.
func (r *Runtime) standsAside(g *graph, saved *records) bool {
	if saved == nil {
		return false
	}
	message, failed, complete := g.isFailed(saved)
	form := g.formRecord()
	was, known := saved.settings[form.Name]
	switch {
	case known:
		g.misfit = was != form.Value
	case g.def.Misfit != "": // what has made it is not known, but that it was another plan: an empty form is none that fits at later starts either
		g.misfit, form.Value = true, ""
		r.pendingMeta.Settings = append(r.pendingMeta.Settings, form)
	default: // it was made by a version that kept none
		r.pendingMeta.Settings = append(r.pendingMeta.Settings, form)
	}
	if g.misfit {
		complete = complete && flow.SameRows(was, form.Value) && !saved.filling(g.id())
	}
	var err error
	switch from := r.failedInput(g); {
	case failed:
		err = errors.New(message)
	case g.misfit:
		err = g.misfitError(cmp.Or(g.def.Misfit, flow.FormDifference(was, form.Value)))
	case from != nil:
		err = &FailedError{from.id(), from.err}
	default:
		return false
	}
	g.status, g.err, g.complete = Failed, err, complete
	if !failed {
		r.pendingMeta.Settings = append(r.pendingMeta.Settings, meta.Setting{Name: failedSetting(g.id()), Value: err.Error()})
		r.config.Logger.Log(context.Background(), slog.LevelError, "a graph has failed and is kept up to date no more", "graph", g.id(), "error", err)
	}
	return true
}

// misfitError says why a graph cannot go on from what it keeps, and what helps.
func (g *graph) misfitError(difference string) error {
	helps := "ALTER MATERIALIZED VIEW ... RESUME computes it again"
	switch {
	case g.def.Replay:
		helps = "drop it, and create it again with another target"
	case g.relation == nil:
		helps = "ALTER SINK ... RESUME computes it again"
	}
	return fmt.Errorf("this version of Freshet cannot go on from what another one has kept of it: %s; %s", difference, helps)
}

// filling tells whether a graph was being filled, whatever the plan by which it was.
func (saved *records) filling(id flow.RelationID) bool {
	for name := range saved.settings {
		if belongsTo(name, id) && (strings.HasPrefix(name, fillPrefix) || strings.HasPrefix(name, privatePrefix)) {
			return true
		}
	}
	return false
}

// failedInput is a graph that has failed and is scanned by this one, nil if there is none.
func (r *Runtime) failedInput(g *graph) *graph {
	for _, n := range g.nodes {
		scan, ok := n.spec.(*flow.Scan)
		if !ok {
			continue
		}
		if from := r.byID[scan.Relation]; from != nil && from.status == Failed {
			return from
		}
	}
	return nil
}
