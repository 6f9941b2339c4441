package pgwire

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

const (
	// verifierPrefix begins PostgreSQL's form of a verifier: SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>.
	verifierPrefix = scramMechanism + "$"
	// VerifierIterations is how often a new verifier's password is hashed (PostgreSQL's SCRAM_DEFAULT_ITERATIONS).
	VerifierIterations = 4096
	saltBytes          = 16 // SCRAM_DEFAULT_SALT_LEN
	maxIterations      = 1 << 24
	maxVerifierBytes   = 4096
)

// Passwords are the users that may connect, with a verifier for each: it tells whether a password is right, and does not
// tell what it is. It does not change.
type Passwords struct {
	users map[string]scram.StoredCredentials
	// secret and iterations make the salts of users that do not exist. Like those of users that do, they are the same
	// each time, and over restarts.
	secret     []byte
	iterations int
}

// LoadPasswords reads a password file: a line user:verifier for each user, with the verifier as in PostgreSQL's
// pg_authid.rolpassword or from [NewVerifier]. Empty lines and lines that begin with # mean nothing.
func LoadPasswords(path string) (*Passwords, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("password file: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	p, err := ReadPasswords(file)
	if err != nil {
		return nil, fmt.Errorf("password file %s: %w", path, err)
	}
	return p, nil
}

// ReadPasswords reads what a password file has. Its errors name the line and quote nothing of it.
func ReadPasswords(r io.Reader) (*Passwords, error) {
	p := &Passwords{users: make(map[string]scram.StoredCredentials)}
	secret := sha256.New()
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, maxVerifierBytes)
	for number := 1; scanner.Scan(); number++ {
		line := bytes.TrimSpace(scanner.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		user, verifier, ok := strings.Cut(string(line), ":"+verifierPrefix)
		if !ok || user == "" {
			return nil, fmt.Errorf("line %d is not user:%siterations:salt$storedkey:serverkey", number, verifierPrefix)
		}
		credentials, err := parseVerifier(verifier)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if _, twice := p.users[user]; twice {
			return nil, fmt.Errorf("line %d: user %q is there twice", number, user)
		}
		p.users[user] = credentials
		secret.Write(credentials.StoredKey)
		if p.iterations == 0 {
			p.iterations = credentials.Iters
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, err
	}
	if len(p.users) == 0 {
		return nil, fmt.Errorf("no users, so that nobody could connect")
	}
	p.secret = secret.Sum(nil)
	return p, nil
}

// parseVerifier reads a verifier after its prefix.
func parseVerifier(text string) (scram.StoredCredentials, error) {
	var c scram.StoredCredentials
	factors, keys, ok1 := strings.Cut(text, "$")
	iterations, salt, ok2 := strings.Cut(factors, ":")
	stored, server, ok3 := strings.Cut(keys, ":")
	if !ok1 || !ok2 || !ok3 {
		return c, fmt.Errorf("the verifier is not iterations:salt$storedkey:serverkey")
	}
	n, err := strconv.Atoi(iterations)
	if err != nil || n < 1 || n > maxIterations {
		return c, fmt.Errorf("the verifier's iterations are not a number from 1 to %d", maxIterations)
	}
	decoded := make([][]byte, 3)
	for i, field := range []string{salt, stored, server} {
		if decoded[i], err = base64.StdEncoding.DecodeString(field); err != nil {
			return c, fmt.Errorf("the verifier's salt or keys are not base64")
		}
	}
	if len(decoded[0]) == 0 || len(decoded[1]) != sha256.Size || len(decoded[2]) != sha256.Size {
		return c, fmt.Errorf("the verifier has no salt, or keys that are not %d bytes", sha256.Size)
	}
	c.KeyFactors = scram.KeyFactors{Salt: string(decoded[0]), Iters: n}
	c.StoredKey, c.ServerKey = decoded[1], decoded[2]
	return c, nil
}

// lookup returns a user's credentials. For a user that does not exist they look like any, and no password fits (PostgreSQL's
// mock authentication).
func (p *Passwords) lookup(user string) (credentials scram.StoredCredentials, known bool) {
	if credentials, known = p.users[user]; known {
		return credentials, true
	}
	derive := func(what string) []byte {
		mac := hmac.New(sha256.New, p.secret)
		mac.Write([]byte(what + "\x00" + user))
		return mac.Sum(nil)
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(derive("salt")[:saltBytes]), Iters: p.iterations},
		StoredKey:  derive("stored"), ServerKey: derive("server"),
	}, false
}

// NewVerifier makes the verifier of a password for a password file, with a new salt.
func NewVerifier(password string) (string, error) {
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil { // what SASLprep refuses is taken as it is, as PostgreSQL does
		if client, err = scram.SHA256.NewClientUnprepped("", password, ""); err != nil {
			return "", fmt.Errorf("making a verifier: %w", err)
		}
	}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: VerifierIterations})
	if err != nil {
		return "", fmt.Errorf("making a verifier: %w", err)
	}
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s%d:%s$%s:%s", verifierPrefix, c.Iters, encode(salt), encode(c.StoredKey), encode(c.ServerKey)), nil
}
