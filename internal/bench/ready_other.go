//go:build !unix

package bench

import "errors"

// readiness is not known on this system.
type readiness struct{}

func (*readiness) add(*wireClient) error { return errors.ErrUnsupported }
func (*readiness) wait() error           { return errors.ErrUnsupported }
func (*readiness) isOne() bool           { return false }
func (*readiness) is(int) bool           { return false }
func (*readiness) drop(int)              {}
