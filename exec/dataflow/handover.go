package dataflow

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/sql/batch"
)

// handover is what an epoch gives to those who wait for its changes: sinks, those who follow a relation, and readers of the changelog. It is put
// together when the tick is over, and done when the epoch is published, in the goroutine that has made it durable.
type handover struct {
	at   moment
	logs []loggedTick
	// sinks have kept the changes for themselves: those that are given nothing again after a restart.
	sinks  []*graph
	failed []sinkError
}

// loggedTick is what the tick has changed in a graph of Runtime.logged, and who is told of it.
type loggedTick struct {
	graph     *graph
	followers []*Follower
	pieces    [][]byte
	held      bool // by a follower
}

// sinkError is why a sink has failed.
type sinkError struct {
	graph *graph
	err   error
}

// handOver puts together what a tick gives, before its graphs are made ready for the next one.
func (r *Runtime) handOver(t *tickRun) *handover {
	h := &handover{at: moment{t.Epoch, t.Now}}
	for _, g := range r.logged {
		h.logs = append(h.logs, loggedTick{graph: g, followers: slices.Clone(g.log.followers), pieces: g.log.tick})
		g.log.tick = nil
	}
	for _, g := range r.reached {
		failing := slices.ContainsFunc(r.sinkErrors, func(f sinkError) bool { return f.graph == g })
		if g.touched() && g.output != nil && g.log.delivery == nil && !failing {
			g.keepOutput()
			h.sinks = append(h.sinks, g)
		}
	}
	return h
}

// do gives it. Nothing of it belongs to the tick that runs meanwhile.
func (h *handover) do() {
	for i := range h.logs {
		l := &h.logs[i]
		for _, f := range l.followers {
			l.held = f.tell(h.at, l.pieces) || l.held
		}
		if d := l.graph.log.delivery; d != nil {
			if err := d.tell(h.at, l.pieces); err != nil {
				h.failed = append(h.failed, sinkError{l.graph, err})
			}
		}
	}
	for _, g := range h.sinks {
		if err := g.deliver(h.at.epoch); err != nil {
			h.failed = append(h.failed, sinkError{g, err})
		}
	}
}

// handedOver takes back what a handover has used, and notes which sinks have failed. They stay in the dataflow until no tick runs.
func (r *Runtime) handedOver(h *handover) {
	for _, l := range h.logs {
		if !l.held {
			release(&r.freePieces, l.pieces)
		}
	}
	r.sinkErrors = append(r.sinkErrors, h.failed...)
}

// failSinks takes the sinks out of the dataflow whose targets take nothing. It does not stop the others. No tick runs, and no epoch is on its way.
func (r *Runtime) failSinks() {
	failed := r.sinkErrors
	r.sinkErrors = nil
	for _, f := range failed {
		r.sinkFailed(f.graph, f.err)
	}
}

// keepOutput puts the changes of the tick aside for the sink.
func (g *graph) keepOutput() {
	for _, p := range g.output.procs {
		if p != nil {
			p.op.(*outputOp).keep()
		}
	}
}

// deliver gives a sink what was put aside for it.
func (g *graph) deliver(epoch uint64) error {
	wrote := false
	for _, p := range g.output.procs {
		if p == nil {
			continue
		}
		err := p.op.(*outputOp).deliver(func(b *batch.Batch) error {
			wrote = true
			return g.def.Sink.Write(context.Background(), epoch, b)
		})
		if err != nil {
			return err
		}
	}
	if !wrote {
		return nil
	}
	return g.def.Sink.Flush(context.Background(), epoch)
}
