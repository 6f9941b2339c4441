package fn

// countState counts the rows: one word.
var countState = &AggState{Words: 1, Update: updateCount, Merge: addWords(1)}

// SumOfCounts is the count of a group from those of its parts. The planner puts it into graphs; no name in SQL leads to it.
var SumOfCounts = agg("sum(int8) int8", "").stateful(intSumState, finishIntSum)

func countAggregates() []*Aggregate {
	rows := agg("count() int8", "Number of rows.", "SELECT count(*) FROM (VALUES (1), (NULL)) t(x) → 2")
	rows.stateful(countState, finishCount).CountsRows, rows.NullCall = true, true
	return []*Aggregate{
		rows,
		agg("count(any) int8", "Number of rows whose argument is not null.", "SELECT count(x) FROM (VALUES (1), (NULL)) t(x) → 1").
			stateful(countState, finishCount),
		agg("regr_count(float8, float8) int8", "Number of rows in which both arguments are not null.",
			"SELECT regr_count(y, x) FROM (VALUES (1.0, 2.0), (NULL, 3.0)) t(y, x) → 1").stateful(countState, finishCount),
	}
}

func updateCount(u *AggUpdate) error {
	if u.plain() {
		for i := range u.Groups {
			*(*int64)(u.at(i))++
		}
		return nil
	}
	for n := range u.Len() {
		i, diff := u.row(n)
		*(*int64)(u.at(i)) += diff
	}
	return nil
}

func finishCount(r *AggResult) {
	for i := range r.Groups {
		r.Out.Ints = append(r.Out.Ints, *(*int64)(r.at(i)))
	}
}
