//go:build !linux

package pgoracle

import "syscall"

// processAttributes makes the server run as cred and out of reach of the terminal's Ctrl-C.
func processAttributes(cred *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: cred, Setpgid: true}
}
