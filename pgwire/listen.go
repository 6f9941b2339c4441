package pgwire

import (
	"context"
	"fmt"
	"net"
)

// Listen listens on a TCP address, "host:port". Where clients are trusted (authenticated is false) an address that can be
// reached from another machine is refused before it is opened. Also the other servers of the process listen by it.
func Listen(ctx context.Context, address string, authenticated bool) (net.Listener, error) {
	if !authenticated {
		if err := requireLoopback(ctx, address); err != nil {
			return nil, err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	if !authenticated && !isLoopback(listener.Addr()) { // the name may have changed its meaning meanwhile
		_ = listener.Close()
		return nil, notLoopback(address)
	}
	return listener, nil
}

// requireLoopback fails unless all addresses that a host has are loopback addresses.
func requireLoopback(ctx context.Context, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", address, err)
	}
	if host == "" { // all addresses of the machine
		return notLoopback(address)
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return fmt.Errorf("listen address %q: %w", address, err)
	}
	for _, ip := range ips {
		if !ip.Unmap().IsLoopback() {
			return notLoopback(address)
		}
	}
	return nil
}

func notLoopback(address string) error {
	return fmt.Errorf("listen address %q can be reached from other machines, which needs a password file", address)
}

// isLoopback tells whether only this machine reaches an address. Addresses that are not TCP have no network.
func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}
