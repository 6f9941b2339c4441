package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// runApart is Run in a process of its own, which is "PROGRAM bench": its memory is what this run takes and no other. What a run has given back may stay with
// the process, as it does where C's allocator has the store's blocks: in builds with cgo.
func runApart(ctx context.Context, program string, o Options) (r Result, err error) {
	cmd := exec.CommandContext(ctx, program, o.arguments()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its data folder
	cmd.WaitDelay = time.Minute
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("%s: %w: %s", cmd, err, bytes.TrimSpace(stderr.Bytes()))
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		return r, fmt.Errorf("%s: %w", cmd, err)
	}
	return r, nil
}

// arguments are those of the command that runs with the same options. Connectors are the command's own, and nobody hears of its progress.
func (o *Options) arguments() []string {
	list := []string{
		"bench", o.Benchmark, "--json", "--query", o.Query, "--events", strconv.FormatInt(o.Events, 10), "--source", o.Source, "--into", o.Into,
		"--workers", strconv.Itoa(o.Workers), "--tick-rows", strconv.Itoa(o.TickRows), "--cores", strconv.Itoa(o.Cores),
		"--input", o.Input, "--folder", o.Folder, "--cpuprofile", o.CPUProfile,
	}
	if o.HotAuctionRatio > 0 {
		list = append(list, "--hot-auction-ratio", strconv.Itoa(o.HotAuctionRatio))
	}
	if !o.Verify {
		list = append(list, "--no-verify")
	}
	return list
}
