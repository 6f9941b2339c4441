// Package file reads files as streams: lines of JSON, CSV or text.
//
// # What a partition is
//
// Each file is a partition, named by its path. A path with *, ? or [...] stands for the files that match when the source is made,
// and with follow = true for those that come later, too.
//
// # Offsets
//
// An offset is the place behind the last whole row, with a fingerprint of the file's beginning (up to 1 KiB) by which a file is known
// again, and a generation that counts how often another file took its place. The offset of a row is its first byte, plus the generation
// times 2^48.
//
// # Bounded and followed files
//
// A file that is not followed ends where it ends, and its last row need not have a line end. If another file is found in its place when
// reading goes on after a restart, that is an error.
//
// A followed file (follow = true) may do three things at its end:
//
//   - It grows. A last row without a line end is not taken before the rest of it is there.
//   - It is truncated, or rewritten from the beginning: it is read from the beginning. What it held that had not been read is lost by
//     whoever truncated it, and the row errors of the source say that this has happened.
//   - It is rotated: renamed, with a new file in its place. The old one is read to its end first. If this happened while no one was
//     reading, the old file is looked for by its fingerprint among the files in the folder whose names begin the same, and read on; if it is
//     not there, the row errors say so. A glob must not match the names that rotation gives, or files are read twice.
package file
