package pgcatalog

import (
	"strconv"
	"time"

	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

var recordedZones = &fixedRows{name: "pg_timezone_names"}

// pgTimezoneNames has PostgreSQL's names of time zones, those that the tz database here knows, with their offsets of now.
func pgTimezoneNames(_ *Env, w *rows) {
	b, err := recordedZones.load()
	if err != nil {
		w.err = err
		return
	}
	now := time.Now().UTC()
	codec, _ := types.CodecOf(types.OIDInterval)
	for i := range b.Len() {
		if w.passesOver("name", string(b.Cols[0].BytesAt(i))) {
			continue
		}
		zoneRow(w, b, i, now, codec)
	}
}

func zoneRow(w *rows, b *batch.Batch, i int, now time.Time, codec *types.Codec) {
	location, err := time.LoadLocation(string(b.Cols[0].BytesAt(i)))
	if err != nil {
		return
	}
	there := now.In(location)
	name, seconds := there.Zone()
	offset, err := codec.Parse(nil, []byte(strconv.Itoa(seconds)+" seconds"), -1, types.DefaultSettings)
	if err != nil {
		w.err = err
		return
	}
	w.add(b.Cols[0].Value(i), text(name), offset, boolean(there.IsDST()))
}
