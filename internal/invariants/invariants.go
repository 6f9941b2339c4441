// Package invariants is for mistakes of ours: states that correct code never reaches, whatever the user sends.
//
// A mistake of the user is a pgerr.Error and never passes through here. For ours there are two forms, and both panic at
// the place of the mistake in builds with the tag "invariants" (make check), so that a test shows it with its stack:
//
//   - [Errorf] where the code cannot go on: it makes the error to return. In production that error carries no SQLSTATE,
//     so the client gets XX000 and the server logs it; one statement fails and the process lives.
//   - [Assertf] where a check is too dear for production, or the result is right even if the check fails. Production does
//     not look.
package invariants

import (
	"fmt"
	"path"
	"runtime"
)

// Violation is a mistake of ours that was met at run time. It has no SQLSTATE on purpose: what reaches a client
// without one is XX000.
type Violation struct {
	Message string
	Where   string // "folder/file.go:12" of the code that found it
}

func (v *Violation) Error() string {
	return fmt.Sprintf("internal error: %s (%s)", v.Message, v.Where)
}

// Errorf returns a *Violation for the caller to return. With the tag "invariants" it panics with it instead.
func Errorf(format string, args ...any) error {
	v := violation(format, args)
	if Enabled {
		panic(v)
	}
	return v
}

// Assertf panics with a *Violation if cond is false, in builds with the tag "invariants" only. The arguments are
// evaluated in every build: put what costs something inside "if invariants.Enabled { ... }".
func Assertf(cond bool, format string, args ...any) {
	if Enabled && !cond {
		panic(violation(format, args))
	}
}

// violation is called by the exported functions only: it looks past them for the place of the mistake.
func violation(format string, args []any) *Violation {
	v := &Violation{Message: fmt.Sprintf(format, args...), Where: "unknown place"}
	if _, file, line, ok := runtime.Caller(2); ok {
		folder, name := path.Split(file) // runtime.Caller gives slashes on every system
		v.Where = fmt.Sprintf("%s:%d", path.Join(path.Base(folder), name), line)
	}
	return v
}
