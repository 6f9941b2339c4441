package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const drivers = "../../testdata/drivers"

// missing skips a test of a driver that is not installed, or fails it where FRESHET_REQUIRE_DRIVERS=1.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("FRESHET_REQUIRE_DRIVERS") == "1" {
		t.Fatalf("%s, and FRESHET_REQUIRE_DRIVERS=1 asks for it", what)
	}
	t.Skip("skipped: " + what)
}

// drive runs a program that must end well and say ok.
func drive(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil || !bytes.HasSuffix(bytes.TrimSpace(out.Bytes()), []byte("ok")) {
		t.Errorf("%s: %v\n%s", filepath.Base(name), err, out.Bytes())
	}
}

// TestPsycopg runs a program with psycopg 3, psycopg2 and asyncpg, of the Python that FRESHET_PYTHON names, or python3.
func TestPsycopg(t *testing.T) {
	python := os.Getenv("FRESHET_PYTHON")
	if python == "" {
		python = "python3"
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import psycopg, psycopg2, asyncpg").CombinedOutput(); err != nil {
		missing(t, fmt.Sprintf("no Python with psycopg, psycopg2 and asyncpg (%v), see testdata/drivers/requirements.txt\n%s", err, out))
	}
	p := serve(t, filepath.Join(t.TempDir(), "data"))
	drive(t, python, filepath.Join(drivers, "python_drivers.py"), p.url())
	p.stop()
}

// TestJDBC runs a program with PostgreSQL's JDBC driver, which FRESHET_JDBC names or Maven fetches.
func TestJDBC(t *testing.T) {
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "no java")
	}
	jar := os.Getenv("FRESHET_JDBC")
	if jar == "" {
		if os.Getenv("FRESHET_REQUIRE_DRIVERS") != "1" {
			missing(t, "FRESHET_JDBC does not name PostgreSQL's JDBC driver, and FRESHET_REQUIRE_DRIVERS=1 does not ask for fetching it")
		}
		jar = fetchJDBC(t)
	}
	p := serve(t, filepath.Join(t.TempDir(), "data"))
	drive(t, java, "-cp", jar, filepath.Join(drivers, "Jdbc.java"), "127.0.0.1:"+p.port)
	p.stop()
}

// fetchJDBC lets Maven copy the driver, and returns where it is.
func fetchJDBC(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "mvn", "--quiet", "--batch-mode", "--file", filepath.Join(drivers, "pom.xml"), "dependency:copy-dependencies", "-DoutputDirectory="+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("mvn: %v\n%s", err, out)
	}
	jars, err := filepath.Glob(filepath.Join(dir, "postgresql-*.jar"))
	if err != nil || len(jars) != 1 {
		t.Fatalf("mvn has copied %q: %v", jars, err)
	}
	return jars[0]
}
