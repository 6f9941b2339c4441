package pgerr

// Codes that functions and operators give.
const (
	// NullValueNotAllowed occurs when an argument is null that must not be.
	//
	// Example (server): SELECT jsonb_build_object(NULL, 1)
	NullValueNotAllowed Code = "22004"

	// SubstringError occurs when a part of a string is asked for that has a negative length.
	//
	// Example (server): SELECT substring('abc', 1, -1)
	SubstringError Code = "22011"

	// InvalidRegularExpression occurs when a pattern is not one.
	//
	// Example (server): SELECT 'abc' ~ '('
	InvalidRegularExpression Code = "2201B"

	// InvalidArgumentForLogarithm occurs when the logarithm of 0 or of a negative number is asked for.
	//
	// Example (server): SELECT ln(0)
	InvalidArgumentForLogarithm Code = "2201E"

	// InvalidArgumentForPower occurs when a power is asked for that is not a real number.
	//
	// Example (server): SELECT sqrt(-1)
	InvalidArgumentForPower Code = "2201F"

	// InvalidArgumentForWidthBucket occurs when the bounds or the number of buckets of width_bucket make no sense.
	//
	// Example (server): SELECT width_bucket(5, 3, 3, 10)
	InvalidArgumentForWidthBucket Code = "2201G"

	// InvalidUseOfEscape occurs when a LIKE pattern ends with the escape character, or there is more than one.
	//
	// Example (server): SELECT 'a' LIKE 'b' ESCAPE 'cd'
	InvalidUseOfEscape Code = "22019"
)
