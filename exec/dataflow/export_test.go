package dataflow

// Few rows are enough to fill several runs and blocks of numbers.
func init() { blockNumbers, numberedRunBytes = 4, 100 }

// LimitTxns sets how many bytes of rows a transaction may write, and returns what sets it back.
func LimitTxns(bytes int) (restore func()) {
	before := txnBytesMax
	txnBytesMax = bytes
	return func() { txnBytesMax = before }
}

// LimitTicks sets how many rows of transactions a tick takes, and returns what sets it back.
func LimitTicks(rows int) (restore func()) {
	before := writeRowsMax
	writeRowsMax = rows
	return func() { writeRowsMax = before }
}
