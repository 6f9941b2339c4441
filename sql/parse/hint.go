package parse

// hint says what a user may have meant who wrote something at t that is no SQL here. PostgreSQL gives no hint with most syntax
// errors; these are for what other systems, which users of streams come from, have at that place.
func (p *parser) hint(t *token) string {
	switch {
	case p.lex.backquoted:
		return "Identifiers are quoted with double quotes; after SET sql_dialect = 'flink' also with back-quotes."
	case t.is("watermark"):
		return "A watermark is an element of the column list: CREATE SOURCE s (..., WATERMARK FOR column AS expression)."
	case t.is("emit"):
		return "EMIT comes last: ... EMIT ON WINDOW CLOSE, EMIT ON UPDATE or EMIT EVERY interval."
	case t.is("partitioned"):
		return "Partitions of a table are declared by PARTITION BY, those of a sink by PARTITIONED BY (columns)."
	case t.is("descriptor"):
		return "DESCRIPTOR(column) names the time column of a window in FROM: TUMBLE(relation, column, size)."
	}
	return ""
}
