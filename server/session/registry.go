package session

import (
	"sync"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// registry knows the sessions there are: for notifications, for pg_cancel_backend, for the system's relations.
type registry struct {
	mu sync.Mutex
	// sessions is a set: those that are opened inside of the process may share a number.
	sessions map[*Session]struct{}
	// channels has who listens to each.
	channels map[string]map[*Session]bool
}

func newRegistry() *registry {
	return &registry{sessions: map[*Session]struct{}{}, channels: map[string]map[*Session]bool{}}
}

func (r *registry) add(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[s] = struct{}{}
}

func (r *registry) remove(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s)
	r.listenLocked(s, "", false)
}

// all lists the sessions.
func (r *registry) all() []*Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*Session, 0, len(r.sessions))
	for s := range r.sessions {
		list = append(list, s)
	}
	return list
}

// listen begins or ends listening; ending it for channel "" ends it for all.
func (r *registry) listen(s *Session, channel string, on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listenLocked(s, channel, on)
}

func (r *registry) listenLocked(s *Session, channel string, on bool) {
	if on {
		if r.channels[channel] == nil {
			r.channels[channel] = map[*Session]bool{}
		}
		r.channels[channel][s] = true
		return
	}
	for name, listeners := range r.channels {
		if channel == "" || channel == name {
			if delete(listeners, s); len(listeners) == 0 {
				delete(r.channels, name)
			}
		}
	}
}

// notify sends notifications to all who listen, the sender too.
func (r *registry) notify(from *Session, list []notification) {
	if len(list) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range list {
		for s := range r.channels[n.channel] {
			if !s.peer.Notify(from.start.ProcessID, n.channel, n.payload) {
				from.engine.logger.Warn("a client that does not take its notifications lost one", "channel", n.channel, "pid", s.start.ProcessID)
			}
		}
	}
}

// signal ends a session, or cancels what it does; false if there is none of the number.
func (r *registry) signal(pid uint32, terminate bool) bool {
	for _, s := range r.all() {
		if s.start.ProcessID != pid {
			continue
		}
		if terminate {
			s.peer.Terminate(pgerr.New(pgerr.AdminShutdown, "terminating connection due to administrator command"))
		} else {
			s.running.stop(pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request"))
		}
		return true
	}
	return false
}
