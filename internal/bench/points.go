package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"
)

// PointResult is what a number of connections has reached.
type PointResult struct {
	Connections int     `json:"connections"`
	Socket      bool    `json:"socket"` // through the Unix-domain socket, not TCP
	PerSecond   float64 `json:"requests_per_s"`
	P50MS       float64 `json:"p50_ms"`
	P99MS       float64 `json:"p99_ms"`
	// ServerCPU and ClientCPU are what a request takes of the processors, in microseconds; 0 where the system does not tell.
	ServerCPU float64 `json:"server_cpu_us"`
	ClientCPU float64 `json:"client_cpu_us"`
}

// line is the result for people: what it is of, and what it is.
func (r *PointResult) line() [2]string {
	by := "TCP"
	if r.Socket {
		by = "Unix socket"
	}
	return [2]string{
		fmt.Sprintf("SELECT by key, %d connections, %s", r.Connections, by),
		fmt.Sprintf("%.0f a second, %.2f ms (p50), %.2f ms (p99); processor time each: server %.0f us, client %.0f us",
			r.PerSecond, r.P50MS, r.P99MS, r.ServerCPU, r.ClientCPU),
	}
}

// points reads rows by key, on one connection and on 32, through TCP and through the socket.
func (m *serveRun) points(ctx context.Context) error {
	socket, err := m.socketPath()
	if err != nil {
		return err
	}
	for _, connections := range []int{1, 32} {
		for _, address := range []string{m.address, socket} {
			r, err := m.point(ctx, connections, address)
			if err != nil {
				return err
			}
			r.Socket = address == socket
			m.result.Points = append(m.result.Points, r)
		}
	}
	return nil
}

// point reads rows by key on some connections.
func (m *serveRun) point(ctx context.Context, connections int, address string) (r PointResult, err error) {
	a := &asker{rows: m.Rows}
	defer func() { err = errors.Join(err, a.close()) }()
	for range connections {
		if err := a.connect(ctx, address); err != nil {
			return r, err
		}
	}
	server, client, start := processCPU(m.pid), cpuTime(), time.Now()
	if err := a.run(ctx, start.Add(time.Duration(m.Seconds)*time.Second)); err != nil {
		return r, err
	}
	took, requests := time.Since(start), float64(len(a.times))
	return PointResult{
		Connections: connections, PerSecond: requests / took.Seconds(),
		P50MS: millis(percentile(a.times, 0.5)), P99MS: millis(percentile(a.times, 0.99)),
		ServerCPU: float64((processCPU(m.pid) - server).Microseconds()) / requests,
		ClientCPU: float64((cpuTime() - client).Microseconds()) / requests,
	}, nil
}

// asker reads rows by random keys on a number of connections, of which each has one request under way, and checks each answer.
//
// It is one thread for all of them, which sleeps until answers can be read. A thread or goroutine for each connection would share the processors
// with the server as soon as there are more than one, and would measure when it got its turn.
type asker struct {
	rows    int
	clients []*wireClient
	ready   readiness
	asked   []question // by connection
	// times has the time of each request, from before it is written until its answer can be read; or, of one connection, until it has been.
	times []time.Duration
}

// question is the last request of a connection.
type question struct {
	id int
	at time.Time
}

// connect adds a connection.
func (a *asker) connect(ctx context.Context, address string) error {
	c, err := dial(ctx, address)
	if err != nil {
		return err
	}
	a.clients, a.asked = append(a.clients, c), append(a.asked, question{})
	if err := c.prepare("SELECT v FROM t WHERE id = $1"); err != nil {
		return err
	}
	return a.ready.add(c)
}

func (a *asker) close() error {
	var err error
	for _, c := range a.clients {
		err = errors.Join(err, c.close())
	}
	return err
}

// turn is after how long the asker lets Go's scheduler begin anew. One that has run for 10 ms is too long on its processor for it, which it then loses
// to the scheduler's monitor at each system call.
const turn = 5 * time.Millisecond

// run asks until a time, and takes the last answers.
func (a *asker) run(ctx context.Context, until time.Time) error {
	for i := range a.clients {
		if err := a.ask(i); err != nil {
			return err
		}
	}
	began := time.Now()
	for open := len(a.clients); open > 0; {
		if err := a.ready.wait(); err != nil {
			return err
		}
		now := time.Now()
		if now.Sub(began) > turn {
			runtime.Gosched()
			began = now
		}
		for i := range a.clients {
			if !a.ready.is(i) {
				continue
			}
			if err := a.take(i, now); err != nil {
				return err
			}
			if now.After(until) {
				a.ready.drop(i)
				open--
			} else if err := a.ask(i); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// ask sends the next request of a connection.
func (a *asker) ask(i int) error {
	q := question{id: 1 + rand.IntN(a.rows), at: time.Now()}
	a.asked[i] = q
	a.clients[i].run(strconv.Itoa(q.id))
	return a.clients[i].send()
}

// take reads the answer, which could be read at a time, or waits for it.
func (a *asker) take(i int, at time.Time) error {
	c, q := a.clients[i], a.asked[i]
	if err := c.answer(); err != nil {
		return err
	}
	if a.ready.isOne() { // it waited for the answer
		at = time.Now()
	}
	a.times = append(a.times, at.Sub(q.at))
	if string(c.row) != strconv.Itoa(7*q.id) {
		return fmt.Errorf("row %d has %q", q.id, c.row)
	}
	return nil
}
