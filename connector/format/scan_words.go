//go:build !(goexperiment.simd && amd64)

package format

// scanWidth is how many bytes are looked at at once.
const scanWidth = 8

// delimiter answers the first place from i that has a quote or a control character, or -1 if it is far away.
func delimiter(row []byte, i int) int { return delimiterWords(row, i) }

// delimited tells whether a quote or a control character is among the scanWidth bytes at one of the places.
func delimited(row []byte, at []int) bool { return delimitedWords(row, at) }

// unplain answers the first place from i that has a quote, a backslash, a control character or a character beyond ASCII, or -1 if it is far away.
func unplain(row []byte, i int) int { return unplainWords(row, i) }

// notPlain tells whether one of these is among the scanWidth bytes at one of the places.
func notPlain(row []byte, at []int) bool { return notPlainWords(row, at) }
