// Package key turns rows into bytes whose order is SQL's order, and into hashes that respect SQL's equality.
//
// A key is the encodings of its columns one after the other. Each is self-delimiting, so that the order of two composite
// keys is decided by the first column in which they differ, and a key of the first n columns is a prefix of all keys that
// agree in them. For two rows a and b and an encoder of any columns:
//
//	bytes.Compare(key(a), key(b)) == compare(a, b) // as ORDER BY with those columns would
//	key(a) == key(b)  implies  hash(a) == hash(b)
//
// where compare is PostgreSQL's: NULLs last unless asked otherwise, -0 equal to 0, NaN equal to itself and above all other
// numbers, numerics by value (1.0 = 1.00), text in collation "C", bpchar without its trailing spaces, intervals with months
// of 30 and days of 24 hours, jsonb and arrays as their B-tree operators have it. So equal values have one key, also where
// they look different; whoever needs the look keeps the value beside the key.
//
// The bytes are a format on disk: docs/formats.md has them one by one, with their version, and a golden test holds them.
package key
