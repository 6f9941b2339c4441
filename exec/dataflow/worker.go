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
	own := make([][]work, r.config.Workers)
	var any []work
	for _, w := range t.work {
		if w.worker < 0 {
			any = append(any, w)
		} else {
			own[w.worker] = append(own[w.worker], w)
		}
	}
	var next atomic.Int64
	var told sync.Once
	return r.workers(func(worker int) error {
		for _, w := range own[worker] {
			if err := r.doWork(w, worker); err != nil {
				return err
			}
		}
		for {
			i := int(next.Add(1)) - 1
			if i >= len(any) {
				break
			}
			if err := r.doWork(any[i], worker); err != nil {
				return err
			}
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
		return r.mail.barrier(worker, len(r.stages))
	})
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
