package pgwire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgproto3/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/internal/pgoracle"
	"github.com/freshetdb/freshet/pgwire"
)

// passwords makes a password file with one user.
func passwords(tb testing.TB, user, password string) *pgwire.Passwords {
	tb.Helper()
	verifier, err := pgwire.NewVerifier(password)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "passwords")
	if err := os.WriteFile(path, []byte("# users\n\n"+user+":"+verifier+"\n"), 0o600); err != nil {
		tb.Fatal(err)
	}
	p, err := pgwire.LoadPasswords(path)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func login(ctx context.Context, address, user, password string) error {
	config, err := pgconn.ParseConfig("sslmode=prefer")
	if err != nil {
		return err
	}
	host, port, _ := net.SplitHostPort(address)
	config.Host, config.User, config.Password, config.Database = host, user, password, "d"
	if _, err := fmt.Sscan(port, &config.Port); err != nil {
		return err
	}
	for _, f := range config.Fallbacks {
		f.Host, f.Port = config.Host, config.Port
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "SELECT 1 AS one").ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// TestSCRAM logs in with pgx: right and wrong passwords, odd ones, a user that does not exist.
func TestSCRAM(t *testing.T) {
	for _, password := range []string{"secret", "", "ünïcode", "a:b$c,d=e", "\u0007bell"} {
		_, address := serve(t, pgwire.Config{Handler: newFake(), Passwords: passwords(t, "al:ice", password)})
		if err := login(t.Context(), address, "al:ice", password); err != nil && password != "" { // pgx does not send an empty password
			t.Errorf("password %q: %v", password, err)
		}
		var messages []string
		for _, c := range [][2]string{{"al:ice", "wrong"}, {"al:icf", "wrong"}, {"al:icf", password + "x"}} {
			err := login(t.Context(), address, c[0], c[1])
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != string(pgerr.InvalidPassword) || e.Severity != "FATAL" {
				t.Errorf("user %q, password %q: %v", c[0], c[1], err)
				continue
			}
			messages = append(messages, strings.ReplaceAll(e.Message, c[0], "USER")+e.Detail+e.Hint)
		}
		if len(messages) == 3 && (messages[0] != messages[1] || messages[1] != messages[2]) {
			t.Errorf("what is wrong leaks: %q", messages)
		}
	}
}

// TestUnknownUserLooksKnown asks for the challenge of users that exist and that do not: each has its salt, always the same, and the
// same iterations.
func TestUnknownUserLooksKnown(t *testing.T) {
	p := passwords(t, "alice", "secret")
	challenge := func(user string) (salt, iterations string) {
		_, address := serve(t, pgwire.Config{Handler: newFake(), Passwords: p})
		c := newClient(t, address)
		c.send(startupAs(user))
		c.until(`{"Type":"AuthenticationSASL"`)
		c.send(&pgproto3.SASLInitialResponse{AuthMechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=nonce")})
		m, err := c.front.Receive()
		if err != nil {
			t.Fatal(err)
		}
		fields := strings.Split(string(m.(*pgproto3.AuthenticationSASLContinue).Data), ",")
		return fields[1], fields[2]
	}
	known, n := challenge("alice")
	for _, user := range []string{"alice", "bob", "carol"} {
		salt1, n1 := challenge(user)
		salt2, n2 := challenge(user)
		if salt1 != salt2 || n1 != n || n2 != n || len(salt1) != len(known) || (salt1 == known) != (user == "alice") {
			t.Errorf("%s: %s %s, then %s %s; alice has %s %s", user, salt1, n1, salt2, n2, known, n)
		}
	}
}

// TestBadSASL sends what is not SCRAM.
func TestBadSASL(t *testing.T) {
	p := passwords(t, "u", "secret")
	_, address := serve(t, pgwire.Config{Handler: newFake(), Passwords: p})
	initial := func(mechanism, data string) []byte {
		return encode(t, &pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: []byte(data)})
	}
	for name, sent := range map[string][]byte{
		"a query":                encode(t, &pgproto3.Query{String: "SELECT 1 AS one"}),
		"too long":               initial("SCRAM-SHA-256", strings.Repeat("x", 2000)),
		"announces a gigabyte":   {'p', 0x40, 0, 0, 0},
		"another mechanism":      initial("SCRAM-SHA-256-PLUS", "n,,n=,r=x"),
		"no mechanism":           {'p', 0, 0, 0, 6, 'x', 'y'},
		"no length":              {'p', 0, 0, 0, 7, 'x', 0, 0},
		"empty":                  {'p', 0, 0, 0, 4},
		"garbage":                initial("SCRAM-SHA-256", "garbage"),
		"channel binding":        initial("SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=x"),
		"garbage in second step": append(initial("SCRAM-SHA-256", "n,,n=,r=x"), encode(t, &pgproto3.SASLResponse{Data: []byte("?")})...),
		"nonce not ours":         append(initial("SCRAM-SHA-256", "n,,n=,r=x"), encode(t, &pgproto3.SASLResponse{Data: []byte("c=biws,r=y,p=AAAA")})...),
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, address)
			c.send(startupAs("u"))
			c.write(sent)
			c.fails(pgerr.ProtocolViolation)
		})
	}
}

// TestPasswordFiles that are wrong are refused with the line, and nothing of what it says.
func TestPasswordFiles(t *testing.T) {
	verifier, err := pgwire.NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	_, fields, _ := strings.Cut(verifier, "$")
	for text, want := range map[string]string{
		"":                                      "no users",
		"# nobody\n":                            "no users",
		"alice\n":                               "line 1 is not",
		"\nalice:secret\n":                      "line 2 is not",
		":" + verifier:                          "line 1 is not",
		"a:" + verifier + "\nb:md5abcdef":       "line 2 is not",
		"a:" + verifier + "\na:" + verifier:     "line 2: user \"a\" is there twice",
		"a:SCRAM-SHA-256$":                      "line 1: the verifier",
		"a:SCRAM-SHA-256$0" + fields[4:]:        "line 1: the verifier's iterations",
		"a:SCRAM-SHA-256$99999999" + fields[4:]: "line 1: the verifier's iterations",
		"a:SCRAM-SHA-256$4096:c2FsdA==$x:y":     "line 1: the verifier's salt or keys",
		"a:SCRAM-SHA-256$4096:c2FsdA==$AAAA:AA": "line 1: the verifier",
		"a:" + strings.Repeat("x", 10_000):      "too long",
	} {
		_, err := pgwire.ReadPasswords(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "md5abcdef") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := pgwire.LoadPasswords(filepath.Join(t.TempDir(), "nosuch")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestOracleVerifier logs in with a verifier that PostgreSQL has made, and into PostgreSQL with one of ours.
func TestOracleVerifier(t *testing.T) {
	postgres := pgoracle.Start(t)
	conn, err := postgres.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	ours, err := pgwire.NewVerifier("ours")
	if err != nil {
		t.Fatal(err)
	}
	results, err := conn.Exec(t.Context(), "CREATE ROLE alice PASSWORD 'secret'; CREATE ROLE bob PASSWORD '"+ours+"'; "+
		"SELECT rolpassword FROM pg_authid WHERE rolname IN ('alice', 'bob') ORDER BY rolname").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	theirs, kept := string(results[2].Rows[0][0]), string(results[2].Rows[1][0])
	if kept != ours {
		t.Errorf("PostgreSQL took our verifier for a password: %q", kept)
	}
	p, err := pgwire.ReadPasswords(strings.NewReader("alice:" + theirs))
	if err != nil {
		t.Fatal(err)
	}
	_, address := serve(t, pgwire.Config{Handler: newFake(), Passwords: p})
	if err := login(t.Context(), address, "alice", "secret"); err != nil {
		t.Error(err)
	}
}

// TestListen refuses addresses that others reach, unless there are passwords.
func TestListen(t *testing.T) {
	for address, loopback := range map[string]bool{
		"127.0.0.1:0": true, "localhost:0": true, "127.0.0.2:0": true, "0.0.0.0:0": false, ":0": false, "[::]:0": false, "192.0.2.1:0": false,
	} {
		listener, err := pgwire.Listen(t.Context(), address, false)
		if (err == nil) != loopback {
			t.Errorf("%s: %v", address, err)
		}
		if err == nil {
			listener.Close()
		} else if !strings.Contains(err.Error(), "password file") {
			t.Errorf("%s: %v does not say what is missing", address, err)
		}
	}
	listener, err := pgwire.Listen(t.Context(), "0.0.0.0:0", true)
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgwire.NewServer(pgwire.Config{Handler: newFake()})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(listener); err == nil || !strings.Contains(err.Error(), "password file") {
		t.Errorf("a server that trusts its clients serves all addresses: %v", err)
	}
}
