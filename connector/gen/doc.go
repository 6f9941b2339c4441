// Package gen has the sources that make their rows themselves: Nexmark's auctions, Yahoo's advertising stream (YSB), and datagen,
// columns as the user describes them.
//
// A table is a pure function of the row number and the seed: a row can be made without those before it, a column without the
// others. So a reader goes on anywhere, several goroutines make one stream, and only the columns that are asked for cost anything.
package gen
