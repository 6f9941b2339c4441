package server

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// machineMemory is how many bytes of memory there are for this process: the machine's, or what its control group may have if that
// is less. Where neither can be read it is 4 GiB.
func machineMemory() int64 {
	const unknown = 4 << 30
	total := int64(unknown)
	if f, err := os.Open("/proc/meminfo"); err == nil {
		defer func() { _ = f.Close() }() // it was only read
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "MemTotal:"); ok {
				if kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64); err == nil {
					total = kib << 10
				}
			}
		}
	}
	for _, name := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
			total = min(total, n)
		}
	}
	return total
}
