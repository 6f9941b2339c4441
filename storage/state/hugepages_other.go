//go:build !linux

package state

// adviseHuge does nothing: other systems choose the size of pages themselves.
func adviseHuge([]byte) {}
