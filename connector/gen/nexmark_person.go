package gen

import "github.com/freshetdb/freshet/sql/types"

// The words of the standard generator.
var (
	states     = [...]string{"AZ", "CA", "ID", "OR", "WA", "WY"}
	cities     = [...]string{"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent", "Cheyenne"}
	firstNames = [...]string{"Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"}
	lastNames  = [...]string{"Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"}
)

// person is the table of persons.
func (x *nexmark) person(events int64) *table {
	name, email, card := x.stream(fieldName), x.stream(fieldEmail), x.stream(fieldCard)
	city, state, extra := x.stream(fieldCity), x.stream(fieldState), x.stream(fieldPersonExtra)
	appendName := func(dst []byte, row int64) []byte {
		h := name.at(row)
		dst = append(dst, firstNames[below(h, int64(len(firstNames)))]...)
		dst = append(dst, ' ')
		return append(dst, lastNames[below(more(h), int64(len(lastNames)))]...)
	}
	appendEmail := func(dst []byte, row int64) []byte {
		h := email.at(row)
		dst = append(appendWords(dst, h, 7, spaced), '@')
		return append(appendWords(dst, more(h), 5, spaced), ".com"...)
	}
	appendCard := func(dst []byte, row int64) []byte {
		h := card.at(row)
		for i := range 4 {
			if i > 0 {
				dst = append(dst, ' ')
			}
			n := below(h<<(16*i), 10_000)
			dst = append(dst, '0'+byte(n/1000), '0'+byte(n/100%10), '0'+byte(n/10%10), '0'+byte(n%10))
		}
		return dst
	}
	cityOf := func(row int64) int64 { return below(city.at(row), int64(len(cities))) }
	stateOf := func(row int64) int64 { return below(state.at(row), int64(len(states))) }
	return &table{rows: nexmarkRows(events, 0, personShare), columns: []column{
		ints("id", types.OIDInt8, each(func(row int64) int64 { return row + firstPerson })),
		texts("name", appendName),
		texts("email_address", appendEmail),
		texts("credit_card", appendCard),
		oneOf("city", cities[:], cityOf),
		oneOf("state", states[:], stateOf),
		ints("date_time", types.OIDTimestamp, each(func(row int64) int64 { return x.time(personEvent(row)) })),
		texts("extra", func(dst []byte, row int64) []byte {
			start := len(dst)
			dst = appendCard(appendEmail(appendName(dst, row), row), row)
			size := int64(len(dst)-start+len(cities[cityOf(row)])+len(states[stateOf(row)])) + 8
			return appendExtra(dst[:start], extra.at(row), size, personBytes)
		}),
	}}
}
