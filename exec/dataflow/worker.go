package dataflow

import (
	"context"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
)

// executeParallel runs a tick with a goroutine for each worker: first the input, then, when all of it is there, the ends of the stages.
func (r *Runtime) executeParallel(t *tickRun) error {
	r.mail.begin(len(r.stages) + 1)
	leads := 0 // they are the first
	for leads < len(t.work) && t.work[leads].leads {
		leads++
	}
	first, rest := newWorkPool(t.work[:leads], r.config.Workers), newWorkPool(t.work[leads:], r.config.Workers)
	var told sync.Once
	return r.workers(func(worker int) error {
		if leads > 0 {
			if err := r.workOff(first, worker); err != nil {
				return err
			}
			if err := r.flushInput(worker); err != nil {
				return err
			}
			if err := r.mail.allRead(worker); err != nil {
				return err
			}
		}
		if err := r.workOff(rest, worker); err != nil {
			return err
		}
		// The time of sources is known when all input is decoded.
		if err := r.mail.barrier(worker, 0); err != nil {
			return err
		}
		told.Do(func() { r.tellTime(t) })
		for stage, segments := range r.stages {
			if stage > 0 {
				if err := r.mail.barrier(worker, stage); err != nil {
					return err
				}
			}
			if err := r.endStage(t, segments, worker); err != nil {
				return err
			}
		}
		r.sortChanges(worker)
		return r.mail.barrier(worker, len(r.stages))
	})
}

// sortChanges puts what operators of a worker have changed in order, when all of them have ended the tick.
func (r *Runtime) sortChanges(worker int) {
	for _, g := range r.reached {
		if !g.active[worker] && !g.time.Load() {
			continue
		}
		for _, table := range g.tables[worker] {
			table.Sort()
		}
	}
}

// workPool is pieces of input that workers take.
type workPool struct {
	own  [][]work // by worker
	any  []work
	next atomic.Int64 // of any
}

func newWorkPool(list []work, workers int) *workPool {
	p := &workPool{own: make([][]work, workers)}
	for _, w := range list {
		if w.worker < 0 {
			p.any = append(p.any, w)
		} else {
			p.own[w.worker] = append(p.own[w.worker], w)
		}
	}
	return p
}

// workOff takes pieces until there are no more.
func (r *Runtime) workOff(p *workPool, worker int) error {
	for _, w := range p.own[worker] {
		if err := r.doWork(w, worker); err != nil {
			return err
		}
	}
	for {
		i := int(p.next.Add(1)) - 1
		if i >= len(p.any) {
			return nil
		}
		if err := r.doWork(p.any[i], worker); err != nil {
			return err
		}
	}
}

// doWork does one piece of input on a worker, and what has come for it meanwhile. Then others get the processor: queries must not starve.
func (r *Runtime) doWork(w work, worker int) error {
	if err := w.do(worker); err != nil {
		return err
	}
	runtime.Gosched()
	return r.mail.poll(worker)
}

// workers runs f once for each worker, in parallel. The first error ends all.
func (r *Runtime) workers(f func(worker int) error) error {
	var wait sync.WaitGroup
	for w := range r.config.Workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			labels := pprof.Labels("worker", strconv.Itoa(w))
			pprof.Do(context.Background(), labels, func(context.Context) {
				if err := f(w); err != nil {
					r.mail.fail(err)
				}
			})
		}()
	}
	wait.Wait()
	return r.mail.err
}
