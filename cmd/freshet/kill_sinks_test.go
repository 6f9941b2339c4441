package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// killSinks are two folders that sinks write while the server is killed: the events, in folders by their key, and the changes of a view.
type killSinks struct {
	t      *testing.T
	events string
	groups string
}

func newKillSinks(t *testing.T, p *process, dir string) *killSinks {
	t.Helper()
	k := &killSinks{t, filepath.Join(dir, "events"), filepath.Join(dir, "groups")}
	p.run(t.Context(), fmt.Sprintf(`CREATE SINK events AS SELECT id, amount, k %% 7 AS part FROM event
		WITH (connector = 'file', path = '%s', partition_by = 'part', "rollover.interval" = '30ms') FORMAT PLAIN ENCODE CSV;
		CREATE SINK groups FROM by_key WITH (connector = 'file', path = '%s', "rollover.interval" = 'off') FORMAT PLAIN ENCODE JSON`, k.events, k.groups))
	return k
}

// lines calls f for the folder and each line of each file that is complete.
func (k *killSinks) lines(dir string, f func(folder, line string)) (files int) {
	k.t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "part*"))
	if err != nil {
		k.t.Fatal(err)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			files += k.lines(path, f)
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			k.t.Fatal(err)
		}
		files++
		for line := range strings.Lines(string(text)) {
			f(filepath.Base(dir), line)
		}
	}
	return files
}

// check holds that each event is there once, in its folder, and that the changes of the groups add up to what the groups are.
func (k *killSinks) check(events int, groups []answer) {
	k.t.Helper()
	seen := make([]int, events)
	files := k.lines(k.events, func(folder, line string) {
		row, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil || len(row) != 2 {
			k.t.Fatalf("%q: %v", line, err)
		}
		id, err := strconv.Atoi(row[0])
		if err != nil || row[1] != strconv.FormatInt(amountOf(id), 10) || folder != fmt.Sprintf("part=%d", id%keys%7) {
			k.t.Fatalf("%s: %q", folder, line)
		}
		seen[id]++
	})
	lost, doubled := 0, 0
	for _, n := range seen {
		switch {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	if lost+doubled > 0 {
		k.t.Errorf("of %d events in %d files %d are lost and %d doubled", events, files, lost, doubled)
	}
	type change struct {
		Op string
		K  json.Number
		N  int64
		// Amount is a numeric.
		Amount json.Number
	}
	count := map[answer]int{}
	changes := k.lines(k.groups, func(_, line string) {
		var c change
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			k.t.Fatalf("%q: %v", line, err)
		}
		amount, err := c.Amount.Int64()
		if err != nil {
			k.t.Fatalf("%q: %v", line, err)
		}
		count[answer{c.K.String(), c.N, amount}] += map[string]int{"insert": 1, "delete": -1}[c.Op]
	})
	for _, g := range groups {
		count[g]--
	}
	for g, n := range count {
		if n != 0 {
			k.t.Errorf("the changes in %d files have %+v %d times too often", changes, g, n)
		}
	}
	k.t.Logf("%d files of events, %d of changes", files, changes)
}
