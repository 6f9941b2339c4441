package pgcatalog

// sysRelations are Freshet's own. Their OIDs are in the range that PostgreSQL leaves to others.
var sysRelations = []relation{}
