package pgerr

// Codes about how many rows are wanted.
const (
	// InvalidRowCountInLimit occurs when LIMIT is negative.
	//
	// Example (server): SELECT 1 LIMIT -1
	InvalidRowCountInLimit Code = "2201W"

	// InvalidRowCountInResultOffset occurs when OFFSET is negative.
	//
	// Example (server): SELECT 1 OFFSET -1
	InvalidRowCountInResultOffset Code = "2201X"
)
