//go:build !unix

package bench

import "time"

// cpuTime is not known on this system.
func cpuTime() time.Duration { return 0 }

// maxResident is not known on this system.
func maxResident() int64 { return 0 }
