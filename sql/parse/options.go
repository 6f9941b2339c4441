package parse

// Dialect is whose spelling a text is read in.
type Dialect uint8

const (
	// Postgres is PostgreSQL's lexical rules, with all streaming syntax.
	Postgres Dialect = iota
	// Flink reads back-quotes as identifier quotes beside that.
	Flink
)

// Options are the settings that change how a text is read. A SET of one of them inside a text holds for the statements
// after it.
type Options struct {
	// Dialect is the setting sql_dialect.
	Dialect Dialect
	// StandardConformingStrings is the setting of that name: backslashes in plain string constants are ordinary.
	StandardConformingStrings bool
}

// DefaultOptions are the settings of a new session.
func DefaultOptions() Options { return Options{StandardConformingStrings: true} }
