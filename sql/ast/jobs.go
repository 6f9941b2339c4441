package ast

type (
	// Flush waits until what the session wrote can be read in views, in RisingWave's words.
	Flush struct{ Pos }

	// Wait waits until all objects that are being made in the background are there.
	Wait struct{ Pos }

	// CancelJobs stops the making of objects, by the numbers that SHOW JOBS gives.
	CancelJobs struct {
		Pos
		IDs []int
	}
)

func (*Flush) stmt()      {}
func (*Wait) stmt()       {}
func (*CancelJobs) stmt() {}

func (*Flush) print(p *printer) { p.put("FLUSH") }
func (*Wait) print(p *printer)  { p.put("WAIT") }

func (c *CancelJobs) print(p *printer) {
	p.put("CANCEL JOBS")
	for i, id := range c.IDs {
		p.put(opt(i > 0, ","), id)
	}
}
