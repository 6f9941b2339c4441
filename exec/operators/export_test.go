package operators

// Tests have few rows: what is for many begins early there.
func init() {
	backgroundRows = 2
	largeBucket = 2
}
