package state

import "syscall"

// adviseHuge asks for memory in huge pages. Where the system has none, nothing is lost but time.
func adviseHuge(b []byte) { _ = syscall.Madvise(b, syscall.MADV_HUGEPAGE) }
