package bench

import (
	"math/big"

	"github.com/freshetdb/freshet/sql/batch"
)

// answerQ3 is who sells in category 10 in three states.
func answerQ3(in inputs, r *rows) error {
	type person struct{ name, city, state string }
	people := map[int64]person{}
	err := in["person"].each([]string{"id", "name", "city", "state"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			switch state := string(b.Cols[3].BytesAt(i)); state {
			case "OR", "ID", "CA":
				people[id] = person{string(b.Cols[1].BytesAt(i)), string(b.Cols[2].BytesAt(i)), state}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in["auction"].each([]string{"id", "seller", "category"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			if b.Cols[2].Ints[i] != 10 {
				continue
			}
			if p, ok := people[b.Cols[1].Ints[i]]; ok {
				r.string(p.name)
				r.string(p.city)
				r.string(p.state)
				r.integer(id)
				r.end()
			}
		}
		return nil
	})
}

// answerQ4 is the average, over the auctions of a category, of the highest bid while the auction was open.
func answerQ4(in inputs, r *rows) error {
	type auction struct{ from, to, category, highest int64 }
	var auctions []auction // by id from the first on
	first := int64(-1)
	columns := []string{"id", "date_time", "expires", "category"}
	err := in["auction"].each(columns, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			if first < 0 {
				first = id
			}
			if id != first+int64(len(auctions)) {
				return errDisorder
			}
			auctions = append(auctions, auction{b.Cols[1].Ints[i], b.Cols[2].Ints[i], b.Cols[3].Ints[i], -1})
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = in["bid"].each([]string{"auction", "price", "date_time"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			if n := id - first; n >= 0 && n < int64(len(auctions)) {
				if a, t := &auctions[n], b.Cols[2].Ints[i]; t >= a.from && t <= a.to {
					a.highest = max(a.highest, b.Cols[1].Ints[i])
				}
			}
		}
		return nil
	})
	sums, counts := map[int64]int64{}, map[int64]int64{}
	for _, a := range auctions {
		if a.highest >= 0 {
			sums[a.category] += a.highest
			counts[a.category]++
		}
	}
	for category, n := range counts {
		r.integer(category)
		r.string(average(sums[category], n))
		r.end()
	}
	return err
}

// average is sum / count as PostgreSQL's numeric has it: at least sixteen digits that count, in groups of four, of which it guesses the number
// from the first groups of both.
func average(sum, count int64) string {
	groups := func(n int64) (number int, first int64) {
		for ; n >= 10_000; n /= 10_000 {
			number++
		}
		return number, n
	}
	a, firstA := groups(sum)
	b, firstB := groups(count)
	weight := a - b
	if firstA <= firstB {
		weight--
	}
	return new(big.Rat).SetFrac64(sum, count).FloatString(max(16-weight*4, 0))
}

// answerQ8 is people who opened an auction in the ten seconds in which they came.
func answerQ8(in inputs, r *rows) error {
	const size = 10 * second
	type sale struct{ seller, window int64 }
	sold := map[sale]bool{}
	err := in["auction"].each([]string{"seller", "date_time"}, func(b *batch.Batch) error {
		for i, seller := range b.Cols[0].Ints {
			sold[sale{seller, floorTo(b.Cols[1].Ints[i], size)}] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in["person"].each([]string{"id", "name", "date_time"}, func(b *batch.Batch) error {
		for i, id := range b.Cols[0].Ints {
			if w := floorTo(b.Cols[2].Ints[i], size); sold[sale{id, w}] {
				r.integer(id)
				r.bytes(b.Cols[1].BytesAt(i))
				r.clock(w, "")
				r.end()
			}
		}
		return nil
	})
}
