package pgoracle

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// serverCredential returns the user that must run the server: PostgreSQL refuses to run as root, so root lends the
// process to `postgres`, or `nobody` where that user does not exist. Nil: run as we are.
func serverCredential() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	var account *user.User
	var err error
	for _, name := range []string{"postgres", "nobody"} {
		if account, err = user.Lookup(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("finding an unprivileged user for the server: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user id of %s: %w", account.Username, err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group id of %s: %w", account.Username, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// tempRoot is the folder for the cluster: the usual one, unless the server's user could not enter it (go test may set
// TMPDIR to a folder of root's alone).
func tempRoot(cred *syscall.Credential) string {
	root := os.TempDir()
	if cred == nil {
		return root
	}
	const othersMayEnter = 0o001
	if info, err := os.Stat(root); err != nil || info.Mode().Perm()&othersMayEnter == 0 {
		return "/tmp"
	}
	return root
}
