package parse

import (
	"slices"
	"strings"
)

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
	return p.hintAfter(t)
}

// hintAfter is hint by the words before t.
func (p *parser) hintAfter(t *token) string {
	const enough = 64 // bytes, for two words
	words := append([]string{"", ""}, strings.Fields(strings.ToLower(p.lex.text[max(0, t.start-enough):t.start]))...)
	before, last := words[len(words)-2], words[len(words)-1]
	switch {
	case last == "emit":
		return "Write EMIT ON WINDOW CLOSE, EMIT ON UPDATE or EMIT EVERY interval."
	case last == "interval" && isNumber(t), isUnit(t) && last != "" && isDigit(last[0]):
		return "The value of an interval is a string: INTERVAL '5 minutes'."
	case before == "format" && slices.Contains([]string{"json", "csv", "avro", "protobuf", "bytes", "text"}, last):
		return "FORMAT says what a message means, ENCODE how it is written: FORMAT PLAIN ENCODE JSON."
	case last == "for" && t.is("system"):
		return "The time is given by FOR SYSTEM_TIME AS OF time."
	case t.is("partition") && p.inWindow > 0:
		return "The columns follow the relation: SESSION(relation PARTITION BY columns, time column, gap)."
	}
	return ""
}

// isUnit tells whether t is a unit of time.
func isUnit(t *token) bool {
	switch strings.TrimSuffix(t.text, "s") {
	case "year", "month", "week", "day", "hour", "minute", "second", "millisecond":
		return t.kind == tokWord
	}
	return false
}
