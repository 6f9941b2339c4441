package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// Run serves until SIGTERM or SIGINT, or until ctx ends, and then shuts down cleanly. When clients can connect it says so on ready,
// with the psql command to type.
func Run(ctx context.Context, config Config, ready io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := Start(ctx, config)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(ready, s.readyText()); err != nil {
		return errors.Join(fmt.Errorf("saying that the server is ready: %w", err), s.Close(ctx))
	}
	err = s.Wait(ctx)
	stop() // a second signal ends the process at once
	return errors.Join(err, s.Close(ctx))
}

// readyText says where the server is.
func (s *Server) readyText() string {
	text := fmt.Sprintf("freshet is ready, data in %s\n", s.config.Data)
	if a, ok := s.Address().(*net.TCPAddr); ok {
		host := a.IP.String()
		if a.IP.IsUnspecified() {
			host = "127.0.0.1"
		}
		text += fmt.Sprintf("connect with:  psql -h %s -p %d -U freshet freshet\n", host, a.Port)
	}
	if s.socket != nil {
		text += fmt.Sprintf("or with:       psql -h %s -p %d -U freshet freshet\n", filepath.Dir(s.socket.Addr().String()), s.port())
	}
	if a := s.HTTPAddress(); a != nil {
		text += fmt.Sprintf("watch with:    http://%s/metrics\n", a)
	}
	return text
}
