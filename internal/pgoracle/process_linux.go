package pgoracle

import "syscall"

// processAttributes makes the server run as cred, out of reach of the terminal's Ctrl-C, and end with us even if we are
// killed (a test binary that hits its time limit runs no clean-up).
func processAttributes(cred *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: cred, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}
