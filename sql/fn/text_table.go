package fn

import (
	"bytes"
	"unicode/utf8"
)

func textOperators() []*Operator {
	return []*Operator{
		op("||", "text", "text", "text", concatText, "the texts one after the other", "'Post' || 'greSQL' → PostgreSQL"),
		op("||", "text", "anynonarray", "text", perRow(concatAny), "the texts one after the other", "'Value: ' || 42 → Value: 42").with((*Function).stable),
		op("||", "anynonarray", "text", "text", perRow(concatAny), "the texts one after the other", "42 || ' is it' → 42 is it").with((*Function).stable),
		op("||", "bytea", "bytea", "bytea", concatText, "the strings one after the other", `'\x1234'::bytea || '\x5678'::bytea → \x12345678`),
		op("^@", "text", "text", "bool", perRow(startsWith), "whether the first begins with the second", "'alphabet' ^@ 'alph' → t"),
	}
}

func startsWith(c *Call, i int) error {
	c.putBool(bytes.HasPrefix(c.bytes(0, i), c.bytes(1, i)))
	return nil
}

func textFunctions() []*Function {
	return []*Function{
		def("length(text) int4", count1(countChars), "number of characters", "length('jose') → 4"),
		def("length(bpchar) int4", count1(paddedLength), "number of characters, without the padding", "length('ab  '::char(4)) → 2"),
		def("length(bytea) int4", count1(func(s []byte) int { return len(s) }), "number of bytes", `length('\x1234'::bytea) → 2`),
		def("char_length(text) int4", count1(countChars), "number of characters", "char_length('josé') → 4"),
		def("char_length(bpchar) int4", count1(paddedLength), "number of characters, without the padding", "char_length('ab  '::char(4)) → 2"),
		def("character_length(text) int4", count1(countChars), "number of characters", "character_length('josé') → 4"),
		def("character_length(bpchar) int4", count1(paddedLength), "number of characters, without the padding", "character_length('ab  '::char(4)) → 2"),
		def("octet_length(text) int4", count1(func(s []byte) int { return len(s) }), "number of bytes", "octet_length('josé') → 5"),
		def("octet_length(bpchar) int4", count1(func(s []byte) int { return len(s) }), "number of bytes, with the padding", "octet_length('ab  '::char(4)) → 4"),
		def("octet_length(bytea) int4", count1(func(s []byte) int { return len(s) }), "number of bytes", `octet_length('\x1234'::bytea) → 2`),
		def("bit_length(text) int4", count1(func(s []byte) int { return 8 * len(s) }), "number of bits", "bit_length('jose') → 32"),
		def("bit_length(bytea) int4", count1(func(s []byte) int { return 8 * len(s) }), "number of bits", `bit_length('\x1234'::bytea) → 16`),
		def("lower(text) text", text1(lower), "the text in lower case", "lower('TOM') → tom"),
		def("upper(text) text", text1(upper), "the text in upper case", "upper('tom') → TOM"),
		def("initcap(text) text", text1(initcap), "the first letter of each word in upper case, the rest in lower case", "initcap('hi THOMAS') → Hi Thomas"),
		def("reverse(text) text", text1(reverse), "the characters in reverse order", "reverse('abcde') → edcba"),
		def("ascii(text) int4", count1(ascii), "code point of the first character", "ascii('x') → 120"),
		def("chr(int4) text", perRow(chr), "the character of a code point", "chr(65) → A"),
		def("left(text, int4) text", perRow(func(c *Call, i int) error {
			c.putBytes(left(c.bytes(0, i), c.int(1, i)))
			return nil
		}), "the first n characters, or with a negative n all but the last -n", "left('abcde', 2) → ab", "left('abcde', -2) → abc"),
		def("right(text, int4) text", perRow(func(c *Call, i int) error {
			c.putBytes(right(c.bytes(0, i), c.int(1, i)))
			return nil
		}), "the last n characters, or with a negative n all but the first -n", "right('abcde', 2) → de", "right('abcde', -2) → cde"),
		def("lpad(text, int4) text", pad(true), "filled up with spaces at the left, or cut, to a length", "lpad('hi', 5) → '   hi'"),
		def("lpad(text, int4, text) text", pad(true), "filled up at the left, or cut, to a length", "lpad('hi', 5, 'xy') → xyxhi"),
		def("rpad(text, int4) text", pad(false), "filled up with spaces at the right, or cut, to a length", "rpad('hi', 5) → 'hi   '"),
		def("rpad(text, int4, text) text", pad(false), "filled up at the right, or cut, to a length", "rpad('hi', 5, 'xy') → hixyx"),
		def("btrim(text) text", trim(true, true), "without spaces at both ends", "btrim('  trim ') → trim"),
		def("btrim(text, text) text", trim(true, true), "without the characters of a set at both ends", "btrim('xyxtrimyyx', 'xyz') → trim"),
		def("ltrim(text) text", trim(true, false), "without spaces at the beginning", "ltrim('  test') → test"),
		def("ltrim(text, text) text", trim(true, false), "without the characters of a set at the beginning", "ltrim('zzzytest', 'xyz') → test"),
		def("rtrim(text) text", trim(false, true), "without spaces at the end", "rtrim('test  ') → test"),
		def("rtrim(text, text) text", trim(false, true), "without the characters of a set at the end", "rtrim('testxxzx', 'xyz') → test"),
		def("btrim(bytea, bytea) bytea", trimBytes(true, true), "without the bytes of a set at both ends", `btrim('\x1234567890'::bytea, '\x9012'::bytea) → \x345678`),
		def("ltrim(bytea, bytea) bytea", trimBytes(true, false), "without the bytes of a set at the beginning", `ltrim('\x1234567890'::bytea, '\x9012'::bytea) → \x34567890`),
		def("rtrim(bytea, bytea) bytea", trimBytes(false, true), "without the bytes of a set at the end", `rtrim('\x1234567890'::bytea, '\x9012'::bytea) → \x12345678`),
		def("substring(text, int4) text", substringKernel(false, true), "from a character on, counted from 1", "substring('Thomas', 3) → omas"),
		def("substring(text, int4, int4) text", substringKernel(true, true), "a number of characters from one on, counted from 1", "substring('Thomas', 2, 3) → hom", "substring('Thomas', -1, 3) → T"),
		def("substr(text, int4) text", substringKernel(false, true), "from a character on, counted from 1", "substr('alphabet', 3) → phabet"),
		def("substr(text, int4, int4) text", substringKernel(true, true), "a number of characters from one on, counted from 1", "substr('alphabet', 3, 2) → ph"),
		def("substring(bytea, int4) bytea", substringKernel(false, false), "from a byte on, counted from 1", `substring('\x1234567890'::bytea, 3) → \x567890`),
		def("substring(bytea, int4, int4) bytea", substringKernel(true, false), "a number of bytes from one on, counted from 1", `substring('\x1234567890'::bytea, 3, 2) → \x5678`),
		def("substr(bytea, int4) bytea", substringKernel(false, false), "from a byte on, counted from 1", `substr('\x1234567890'::bytea, 3) → \x567890`),
		def("substr(bytea, int4, int4) bytea", substringKernel(true, false), "a number of bytes from one on, counted from 1", `substr('\x1234567890'::bytea, 3, 2) → \x5678`),
		def("position(text, text) int4", perRow(func(c *Call, i int) error {
			c.putInt(int64(position(c.bytes(0, i), c.bytes(1, i))))
			return nil
		}), "where the second is in the first, counted from 1; 0 where it is not: POSITION(second IN first)", "position('om' IN 'Thomas') → 3"),
		def("strpos(text, text) int4", perRow(func(c *Call, i int) error {
			c.putInt(int64(position(c.bytes(0, i), c.bytes(1, i))))
			return nil
		}), "where the second is in the first, counted from 1; 0 where it is not", "strpos('high', 'ig') → 2"),
		def("position(bytea, bytea) int4", perRow(func(c *Call, i int) error {
			c.putInt(int64(bytes.Index(c.bytes(0, i), c.bytes(1, i)) + 1))
			return nil
		}), "where the second is in the first, counted from 1; 0 where it is not", `position('\x5678'::bytea IN '\x1234567890'::bytea) → 3`),
		def("replace(text, text, text) text", perRow(replace), "every occurrence of the second replaced by the third", "replace('abcdefabcdef', 'cd', 'XX') → abXXefabXXef"),
		def("translate(text, text, text) text", perRow(translate), "every character of the second replaced by the one at its place in the third", "translate('12345', '143', 'ax') → a2x5"),
		def("repeat(text, int4) text", perRow(repeat), "the text n times", "repeat('Pg', 4) → PgPgPgPg"),
		def("overlay(text, text, int4) text", overlay(true), "the second in the place of the characters of the first from one on", "overlay('Txxxxas', 'hom', 2) → Thomxas"),
		def("overlay(text, text, int4, int4) text", overlay(true), "the second in the place of a number of characters of the first", "overlay('Txxxxas', 'hom', 2, 4) → Thomas"),
		def("overlay(bytea, bytea, int4) bytea", overlay(false), "the second in the place of the bytes of the first from one on", `overlay('\x1234567890'::bytea, '\x0203'::bytea, 2) → \x1202037890`),
		def("overlay(bytea, bytea, int4, int4) bytea", overlay(false), "the second in the place of a number of bytes of the first", `overlay('\x1234567890'::bytea, '\x0203'::bytea, 2, 3) → \x12020390`),
		def("split_part(text, text, int4) text", perRow(splitPart), "the n-th field of a text with a separator, from the end if n is negative", "split_part('abc~@~def~@~ghi', '~@~', 2) → def", "split_part('abc,def,ghi', ',', -1) → ghi"),
		def("starts_with(text, text) bool", perRow(startsWith), "whether the first begins with the second", "starts_with('alphabet', 'alph') → t"),
		def("concat(variadic any) text", perRowNulls(concatAll), "the text of all arguments that are not null", "concat('abcde', 2, NULL, 22) → abcde222").nulls().stable(),
		def("concat_ws(text, variadic any) text", perRowNulls(concatWS), "the text of all arguments after the first that are not null, with the first between them", "concat_ws(',', 'abcde', 2, NULL, 22) → abcde,2,22").nulls().stable(),
		def("textcat(text, text) text", concatText, "the texts one after the other", "textcat('a', 'b') → ab"),
	}
}

func paddedLength(s []byte) int { return utf8.RuneCount(bytes.TrimRight(s, " ")) }
