package pgcatalog

import (
	"slices"
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/sql/types"
)

// Sources are shown as foreign tables (psql's \d and \dE read these): the connector is both the server and its wrapper.

// firstServer is where the OIDs of connectors begin; they are counted in the order of their names.
const firstServer catalog.ID = 9500

// connectors are those of the database's sources.
func connectors(env *Env) []string {
	var names []string
	for _, o := range env.userRelations(&rows{hinted: -1}, "") {
		if n, _ := o.Option("connector"); o.Kind == catalog.Source {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func pgForeignDataWrapper(env *Env, w *rows) {
	for i, n := range connectors(env) {
		w.add(integer(firstServer+catalog.ID(i)), text(n), integer(oidOwner), integer(0), integer(0), null, null)
	}
}

func pgForeignServer(env *Env, w *rows) {
	for i, n := range connectors(env) {
		id := firstServer + catalog.ID(i)
		w.add(integer(id), text(n), integer(oidOwner), integer(id), null, null, null, null)
	}
}

func pgForeignTable(env *Env, w *rows) {
	names := connectors(env)
	for _, o := range env.userRelations(w, "ftrelid") {
		if o.Kind != catalog.Source {
			continue
		}
		n, _ := o.Option("connector")
		i, _ := slices.BinarySearch(names, n)
		w.add(integer(o.ID), integer(firstServer+catalog.ID(i)), foreignOptions(o))
	}
}

// foreignOptions are the options of a source as text[]. Secrets are not shown.
func foreignOptions(o *catalog.Object) types.Value {
	var values []types.Value
	for _, x := range o.Options {
		if x.Name == "connector" {
			continue
		}
		value := x.Value
		if isSecret(x.Name) {
			value = "********"
		}
		values = append(values, text(x.Name+"="+value))
	}
	if len(values) == 0 {
		return null
	}
	return array(types.OIDText, values...)
}

// isSecret tells by its name whether an option may hold a secret.
func isSecret(option string) bool {
	for _, word := range []string{"password", "secret", "token", "credential", "jaas", "private", ".key"} {
		if strings.Contains(strings.ToLower(option), word) {
			return true
		}
	}
	return false
}
