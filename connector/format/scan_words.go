//go:build !(goexperiment.simd && amd64)

package format

import "unsafe"

// scanWidth is how many bytes are looked at at once.
const scanWidth = 8

// delimiter answers the first place from i that has a quote or a control character, or -1 if it is far away.
func delimiter(row []byte, i int) int { return delimiterWords(row, i) }

// delimited tells whether a quote or a control character is among the scanWidth bytes at one of the places, relative to row[i].
func delimited(row []byte, i int, at []int) bool { return delimitedWords(row, i, at) }

// copyPlain copies what begins at row[i] up to the first quote, backslash, control character or character beyond ASCII, and answers how much that is,
// or -1 if it is too much. Up to copyRoom bytes are written.
func copyPlain(to unsafe.Pointer, row []byte, i int) int { return copyWords(to, row, i) }
