package dataflow

// Few rows are enough to fill several runs and blocks of numbers.
func init() { blockNumbers, numberedRunBytes = 4, 100 }
