package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/sql/batch"
)

// inputs are the tables that a query reads, by name.
type inputs map[string]table

// table is one table of a generator, with the events that it is limited to.
type table struct {
	kind   *connector.Kind
	name   string
	events int64
	// eventGapMicros is the event time between two events.
	eventGapMicros int64
	// hotAuctionRatio is that option of the generator; 0: it stays at its default.
	hotAuctionRatio int
}

// settings are the options of the generator as WITH (...) has them.
func (t table) settings() []connector.Setting {
	list := []connector.Setting{
		{Name: "table", Value: t.name},
		{Name: "events", Value: strconv.FormatInt(t.events, 10)},
		{Name: "event_gap", Value: fmt.Sprintf("%dus", t.eventGapMicros)},
	}
	if t.hotAuctionRatio > 0 {
		list = append(list, connector.Setting{Name: "hot_auction_ratio", Value: strconv.Itoa(t.hotAuctionRatio)})
	}
	return list
}

// columns are those that the generator has.
func (t table) columns() (connector.Values, []connector.Column, error) {
	values, err := t.kind.ParseOptions(t.settings())
	if err != nil {
		return values, nil, err
	}
	known, err := t.kind.Columns(values)
	return values, known, err
}

// each calls f for the table's rows in batches of the named columns, which are borrowed.
func (t table) each(columns []string, f func(b *batch.Batch) error) error {
	values, known, err := t.columns()
	if err != nil {
		return err
	}
	source, err := t.kind.Source(connector.Config{Options: values, Columns: known})
	if err != nil {
		return err
	}
	var wanted []int
	b := &batch.Batch{}
	for _, name := range columns {
		for i, c := range known {
			if c.Name == name {
				wanted = append(wanted, i)
				b.Cols = append(b.Cols, batch.NewVec(c.Type))
			}
		}
	}
	if len(wanted) != len(columns) {
		return fmt.Errorf("%s %s has not all of %v", t.kind.Name, t.name, columns)
	}
	return errors.Join(read(source, wanted, b, f), source.Close())
}

func read(source connector.Source, wanted []int, b *batch.Batch, f func(b *batch.Batch) error) error {
	ctx := context.Background()
	partitions, err := source.Partitions(ctx)
	if err != nil {
		return err
	}
	for _, p := range partitions {
		reader, err := source.Open(ctx, connector.Start{Partition: p, Columns: wanted})
		if err != nil {
			return err
		}
		if err := errors.Join(readAll(reader, b, f), reader.Close()); err != nil {
			return err
		}
	}
	return nil
}

func readAll(reader connector.Reader, b *batch.Batch, f func(b *batch.Batch) error) error {
	for {
		piece, err := reader.Fetch(connector.Limit{})
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case piece == nil:
			return errors.New("a bounded generator has nothing to give before its end")
		}
		for more := true; more; {
			b.Reset()
			if more, err = piece.Decode(b, nil, func(e connector.RowError) { err = e.Err }); err != nil {
				return err
			}
			if err := f(b); err != nil {
				return err
			}
		}
		piece.Release()
	}
}
