// Package file reads files as streams, lines of JSON, CSV or text, and writes changes into folders of files.
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
//
// # What a sink writes
//
// A folder gets files part-FROM-TO.json (or .csv) with the rows of the epochs from FROM to TO, in folders by the values of the columns that
// partition_by names. Rows of a relation whose rows are never taken back are written as they are; others have a first field, op, that says
// insert or delete. In an epoch what leaves comes before what comes.
//
// Each row is there exactly once. Files that are not complete lie in the folder _freshet, out of the way of readers. To end an epoch they are
// synced, a state with the epoch and the list of them takes the place of the one before, and then each is moved to its place. A crash
// before that state leaves files that the next Open removes, and the runtime gives their epochs again; after it Open moves what is left.
package file
