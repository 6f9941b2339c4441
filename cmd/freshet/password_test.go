package main

import (
	"strings"
	"testing"

	"github.com/freshetdb/freshet/pgwire"
)

// TestPassword makes a file of passwords, which the server's reader takes.
func TestPassword(t *testing.T) {
	var file strings.Builder
	for user, in := range map[string]string{"alice": "secret\n", "bob": "a b:c", "Carol Smith": "pässword\r\nnot this\n"} {
		stdout, stderr, status := freshet(t, in, "password", user)
		if status != 0 || stderr != "" || !strings.HasPrefix(stdout, user+":SCRAM-SHA-256$4096:") || strings.Count(stdout, "\n") != 1 {
			t.Fatalf("%s: status %d, %q, %q", user, status, stdout, stderr)
		}
		file.WriteString(stdout)
	}
	if _, err := pgwire.ReadPasswords(strings.NewReader(file.String())); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ user, in, want string }{
		{"alice", "\n", "the password is empty"},
		{"alice", "", "the password is empty"},
		{"a:b", "secret\n", "cannot be in a password file"},
		{"#a", "secret\n", "cannot be in a password file"},
		{" a", "secret\n", "cannot be in a password file"},
		{"", "secret\n", "cannot be in a password file"},
	} {
		stdout, stderr, status := freshet(t, c.in, "password", c.user)
		if status != 1 || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%q, %q: status %d, %q, %q", c.user, c.in, status, stdout, stderr)
		}
	}
}
