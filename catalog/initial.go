package catalog

// InitialDatabases are those of a new data folder.
var InitialDatabases = []string{"freshet", "dev"}

// Initialize makes what a new data folder has.
func (c *Change) Initialize(owner string) error {
	for _, n := range InitialDatabases {
		if _, err := c.CreateDatabase(n, owner); err != nil {
			return err
		}
	}
	return nil
}

// CreateDatabase makes a database with its schema public. They are two definitions in the log, since the schema may be dropped; so
// the replay of a database's makes it alone.
func (c *Change) CreateDatabase(n, owner string) (*Object, error) {
	d := &Object{Kind: Database, Name: n, Owner: owner, Definition: "CREATE DATABASE " + Quote(n)}
	if err := c.Create(d); err != nil {
		return nil, err
	}
	if c.replayed != nil {
		return d, nil
	}
	_, err := c.CreateSchema(d.ID, "public", owner)
	return d, err
}

// CreateSchema makes a schema.
func (c *Change) CreateSchema(database ID, n, owner string) (*Object, error) {
	s := &Object{Kind: Schema, Name: n, Database: database, Owner: owner, Definition: "CREATE SCHEMA " + Quote(n)}
	return s, c.Create(s)
}
