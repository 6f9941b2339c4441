package fn

import (
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
	"github.com/freshetdb/freshet/sql/types/datetime"
	"github.com/freshetdb/freshet/sql/types/numeric"
)

func zeroStep() error { return pgerr.New(pgerr.InvalidParameterValue, "step size cannot equal zero") }

// intSeries is generate_series of integers.
type intSeries struct {
	next, last, step int64
	done             bool
}

func (s *intSeries) Next(out *batch.Batch, rows int) (more bool, err error) {
	col := &out.Cols[0]
	n := 0
	for ; n < rows && !s.done; n++ {
		col.Ints = append(col.Ints, s.next)
		next, ok := addChecked(s.next, s.step)
		s.next, s.done = next, !ok || s.beyond(next)
	}
	out.SetLen(out.Len() + n)
	return !s.done, nil
}

func (s *intSeries) beyond(n int64) bool { return s.step > 0 && n > s.last || s.step < 0 && n < s.last }

func openIntSeries(c *TableCall) (RowIterator, error) {
	s := &intSeries{next: c.Args[0].Int, last: c.Args[1].Int, step: 1}
	if len(c.Args) > 2 {
		s.step = c.Args[2].Int
	}
	if s.step == 0 {
		return nil, zeroStep()
	}
	s.done = s.beyond(s.next)
	return s, nil
}

type numericSeries struct {
	next, last, step numeric.Num
	done             bool
}

func (s *numericSeries) Next(out *batch.Batch, rows int) (more bool, err error) {
	n := 0
	for ; n < rows && !s.done; n++ {
		col := &out.Cols[0]
		col.Data = s.next.Append(col.Data)
		col.FinishBytes()
		if s.next, err = numeric.Add(s.next, s.step); err != nil {
			return false, err
		}
		s.done = s.beyond()
	}
	out.SetLen(out.Len() + n)
	return !s.done, nil
}

func (s *numericSeries) beyond() bool {
	return s.step.Sign()*numeric.Compare(s.next, s.last) > 0
}

func openNumericSeries(c *TableCall) (RowIterator, error) {
	s := &numericSeries{next: numeric.Decode(c.Args[0].Bytes), last: numeric.Decode(c.Args[1].Bytes), step: numeric.New(1, 0)}
	if len(c.Args) > 2 {
		s.step = numeric.Decode(c.Args[2].Bytes)
	}
	for n, part := range map[string]numeric.Num{"start": s.next, "stop": s.last, "step size": s.step} {
		switch {
		case part.IsNaN():
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s value cannot be NaN", n)
		case !part.Finite():
			return nil, pgerr.Newf(pgerr.InvalidParameterValue, "%s value cannot be infinity", n)
		}
	}
	if s.step.IsZero() {
		return nil, zeroStep()
	}
	s.done = s.beyond()
	return s, nil
}

type timeSeries struct {
	next, last int64
	step       datetime.Interval
	sign       int
	add        func(int64, datetime.Interval) (int64, error)
	done       bool
}

func (s *timeSeries) Next(out *batch.Batch, rows int) (more bool, err error) {
	col := &out.Cols[0]
	n := 0
	for ; n < rows && !s.done; n++ {
		col.Ints = append(col.Ints, s.next)
		if s.next, err = s.add(s.next, s.step); err != nil {
			return false, err
		}
		s.done = s.beyond()
	}
	out.SetLen(out.Len() + n)
	return !s.done, nil
}

func (s *timeSeries) beyond() bool {
	return s.sign > 0 && s.next > s.last || s.sign < 0 && s.next < s.last
}

func openTimeSeries(zoned bool) func(c *TableCall) (RowIterator, error) {
	return func(c *TableCall) (RowIterator, error) {
		s := &timeSeries{next: c.Args[0].Int, last: c.Args[1].Int, step: datetime.DecodeInterval(c.Args[2].Bytes), add: addInterval}
		if zoned {
			location := c.settings().Location
			s.add = func(t int64, v datetime.Interval) (int64, error) { return addIntervalIn(t, v, location) }
		}
		if s.sign = datetime.CompareIntervals(s.step, datetime.Interval{}); s.sign == 0 {
			return nil, zeroStep()
		}
		if infiniteTime(s.next) {
			return nil, datetime.OutOfRange()
		}
		s.done = s.beyond()
		return s, nil
	}
}

// openSubscripts is generate_subscripts().
func openSubscripts(c *TableCall) (RowIterator, error) {
	a, err := types.OpenArray(c.Args[0].Bytes)
	if err != nil {
		return nil, err
	}
	d := c.Args[1].Int
	if d < 1 || d > int64(len(a.Lengths)) || a.Lengths[d-1] == 0 {
		return &valueRows{}, nil
	}
	first := int64(a.Lower[d-1])
	s := &intSeries{next: first, last: first + int64(a.Lengths[d-1]) - 1, step: 1}
	if len(c.Args) > 2 && c.Args[2].Bool() {
		s.next, s.last, s.step = s.last, s.next, -1
	}
	return s, nil
}

func seriesFunctions() []*TableFunction {
	var all []*TableFunction
	for _, t := range []string{"int4", "int8"} {
		all = append(all,
			tableDef("generate_series("+t+", "+t+") "+t, openIntSeries, "the numbers from one to another", "generate_series(2::"+t+", 4) → 2; 3; 4"),
			tableDef("generate_series("+t+", "+t+", "+t+") "+t, openIntSeries, "the numbers from one to another in steps", "generate_series(5::"+t+", 1, -2) → 5; 3; 1"))
	}
	return append(all,
		tableDef("generate_series(numeric, numeric) numeric", openNumericSeries, "the numbers from one to another in steps of 1", "generate_series(1.5, 3) → 1.5; 2.5"),
		tableDef("generate_series(numeric, numeric, numeric) numeric", openNumericSeries, "the numbers from one to another in steps", "generate_series(1.1, 4, 1.3) → 1.1; 2.4; 3.7"),
		tableDef("generate_series(timestamp, timestamp, interval) timestamp", openTimeSeries(false), "the times from one to another in steps", "generate_series(timestamp '2008-03-01 00:00', '2008-03-02 12:00', '18 hours') → 2008-03-01 00:00:00; 2008-03-01 18:00:00; 2008-03-02 12:00:00"),
		tableDef("generate_series(timestamptz, timestamptz, interval) timestamptz", openTimeSeries(true), "the times from one to another in steps; months and days by the session's clocks", "generate_series(timestamptz '2008-03-01 00:00+00', '2008-03-02 12:00+00', '1 day') → 2008-03-01 00:00:00+00; 2008-03-02 00:00:00+00"),
		tableDef("generate_subscripts(anyarray, int4) int4", openSubscripts, "the subscripts of a dimension of an array", "generate_subscripts('{NULL,1,NULL,2}'::int[], 1) → 1; 2; 3; 4"),
		tableDef("generate_subscripts(anyarray, int4, bool) int4", openSubscripts, "the subscripts of a dimension of an array, from the last if the third argument is true", "generate_subscripts('{5,6}'::int[], 1, true) → 2; 1"),
	)
}
