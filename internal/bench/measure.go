package bench

import (
	"bytes"
	"os"
	"runtime/metrics"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/freshetdb/freshet/connector"
)

// meter is what the process has used.
type meter struct {
	at  time.Time
	cpu time.Duration // user and system
	gc  time.Duration // of it, for collecting garbage: what Go's runtime estimates at the end of each collection
}

func readMeter() meter {
	gc := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(gc)
	return meter{time.Now(), cpuTime(), time.Duration(gc[0].Value.Float64() * float64(time.Second))}
}

// resetPeak makes peakBytes begin anew, where the system can do that.
func resetPeak() {
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // elsewhere the peak is that since the start of the process
}

// peakBytes is the most memory that the process has had resident.
func peakBytes() int64 {
	if n := processStatus("self", "VmHWM:"); n > 0 {
		return n
	}
	return maxResident()
}

// processStatus is a figure that Linux has of a process, in bytes; 0 elsewhere.
func processStatus(pid, name string) int64 {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(name)); ok {
			kib, _ := bytes.CutSuffix(bytes.TrimSpace(rest), []byte(" kB"))
			n, err := strconv.ParseInt(string(kib), 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}

// processCPU is the processor time of a process, which Linux counts in hundredths of a second; 0 elsewhere.
func processCPU(pid int) time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// The name of the program, in parentheses, may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const user, system = 11, 12
	if len(fields) <= system {
		return 0
	}
	u, err1 := strconv.ParseInt(string(fields[user]), 10, 64)
	s, err2 := strconv.ParseInt(string(fields[system]), 10, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return time.Duration(u+s) * 10 * time.Millisecond
}

// visibility collects how long it takes from a row's intake to the epoch that shows it: for each tick and source the time from the Fetch of the first piece to
// the acknowledgement, which comes when the epoch is published. A tick that runs ahead holds it up, so it is not less than that of any of the rows.
type visibility struct {
	mu    sync.Mutex
	ticks []time.Duration
}

// reset forgets what was before.
func (v *visibility) reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ticks = v.ticks[:0]
}

// done is all ticks, when the last epoch is published.
func (v *visibility) done() []time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ticks
}

// percentile is the time that a share of the ticks kept within; 0 if there were none.
func percentile(times []time.Duration, share float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	times = slices.Clone(times)
	slices.Sort(times)
	return times[min(int(float64(len(times))*share), len(times)-1)]
}

// watched is a connector whose readers tell a visibility what is asked of them.
func watched(k *connector.Kind, v *visibility) *connector.Kind {
	if k.Source == nil {
		return k
	}
	w := *k
	w.Source = func(c connector.Config) (connector.Source, error) {
		s, err := k.Source(c)
		if err != nil {
			return nil, err
		}
		return watchedSource{s, v}, nil
	}
	return &w
}
