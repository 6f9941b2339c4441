package pgcatalog

// Stats are the figures that the server keeps.
type Stats struct{}
