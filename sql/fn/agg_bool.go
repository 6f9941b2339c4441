package fn

// boolState counts the values that are true, and those that are false.
var boolState = &AggState{Words: 2, Update: updateBool, Merge: addWords(2)}

func boolAggregates() []*Aggregate {
	and := func(name string) *Aggregate {
		a := agg(name+"(bool) bool", "Whether all values are true; NULL if there are none.",
			"SELECT "+name+"(x) FROM (VALUES (true), (false)) t(x) → f").stateful(boolState, finishBool(func(s *boolWords) bool { return s.no == 0 }))
		a.NoDistinct = true
		return a
	}
	or := agg("bool_or(bool) bool", "Whether any value is true; NULL if there are none.",
		"SELECT bool_or(x) FROM (VALUES (true), (false)) t(x) → t").stateful(boolState, finishBool(func(s *boolWords) bool { return s.yes != 0 }))
	or.NoDistinct = true
	return []*Aggregate{and("bool_and"), and("every"), or}
}

type boolWords struct{ yes, no int64 }

func updateBool(u *AggUpdate) error {
	values := u.Args[0].Bools
	for n := range u.Len() {
		i, diff := u.row(n)
		s := (*boolWords)(u.at(i))
		if values[i] {
			s.yes += diff
		} else {
			s.no += diff
		}
	}
	return nil
}

func finishBool(of func(s *boolWords) bool) func(r *AggResult) {
	return func(r *AggResult) {
		for i := range r.Groups {
			if s := (*boolWords)(r.at(i)); s.yes == 0 && s.no == 0 {
				r.Out.AppendNull()
			} else {
				r.Out.Bools = append(r.Out.Bools, of(s))
			}
		}
	}
}
