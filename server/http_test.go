package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/server"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestHTTP(t *testing.T) {
	c := config()
	c.HTTP, c.Version = "127.0.0.1:0", "v1"
	s := start(t, c)
	exec(t, connect(t, s), "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)")
	base := fmt.Sprintf("http://%s", s.HTTPAddress())
	if status, body := get(t, base+"/healthz"); status != http.StatusOK || !strings.Contains(body, `"status":"ok"`) {
		t.Errorf("/healthz: %d %s", status, body)
	}
	status, body := get(t, base+"/metrics")
	for _, want := range []string{
		`freshet_build_info{version="v1"} 1`, "freshet_connections 1", `freshet_statements_total{kind="write"} 1`,
		`freshet_statements_total{kind="define"} 1`, "freshet_epoch ", "go_goroutines ", "process_cpu_seconds_total ",
	} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/metrics: %d, without %q", status, want)
		}
	}
	if status, body := get(t, base+"/debug/pprof/goroutine?debug=1"); status != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("/debug/pprof: %d", status)
	}
}

// TestRefused holds the errors of starting.
func TestRefused(t *testing.T) {
	open := func(change func(*server.Config)) error {
		c := config()
		change(&c)
		s, err := server.Start(t.Context(), c)
		if err == nil {
			err = s.Close(context.Background())
			t.Error("it was started")
		}
		return err
	}
	for _, x := range []struct {
		change func(*server.Config)
		want   string
	}{
		{func(c *server.Config) { c.Listen = "0.0.0.0:0" }, "needs a password file"},
		{func(c *server.Config) { c.HTTP = "0.0.0.0:0" }, "needs a password file"},
		{func(c *server.Config) { c.PasswordFile = "/nosuch/file" }, "/nosuch/file"},
	} {
		if err := open(x.change); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("got %v, want %q", err, x.want)
		}
	}
	c := config()
	c.Data = t.TempDir()
	start(t, c)
	if err := open(func(o *server.Config) { o.Data = c.Data }); err == nil || !strings.Contains(err.Error(), c.Data) || !strings.Contains(err.Error(), "use") {
		t.Errorf("a folder that is in use: %v", err)
	}
}

// TestRun holds that Run says where it is, serves, and ends when it is told to.
func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- server.Run(ctx, config(), writer)
		_ = writer.Close()
	}()
	buf := make([]byte, 1000)
	n, err := reader.Read(buf)
	if err != nil || !strings.Contains(string(buf[:n]), "psql -h 127.0.0.1 -p ") {
		t.Errorf("got %q, %v", buf[:n], err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
