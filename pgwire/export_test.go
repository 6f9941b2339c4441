package pgwire

// ServeByLoop has every client that waits served by an event loop.
func (s *Server) ServeByLoop() { s.byLoop = true }

// InLoops is how many clients are in event loops.
func (s *Server) InLoops() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.conns {
		c.mu.Lock()
		if c.shared.place != own {
			n++
		}
		c.mu.Unlock()
	}
	return n
}
