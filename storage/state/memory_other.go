//go:build !unix

package state

// Where there is no mmap, memory is the Go heap's: a large slice without pointers, which the collector does not look into.

func mapMemory(size int) ([]byte, error) { return make([]byte, size), nil }

func unmapMemory([]byte) error { return nil }
