package pgcatalog

import (
	"github.com/freshetdb/freshet/sql/batch"
	"github.com/freshetdb/freshet/sql/types"
)

// role is a role: the owner of everything, or one of PostgreSQL's predefined ones, which are there so that queries find them.
type role struct {
	oid   types.OID
	name  string
	super bool
}

func roles(env *Env, w *rows) []role {
	list := []role{{oidOwner, env.owner(), true}}
	b, err := recordedRoles.load()
	if err != nil {
		w.err = err
		return nil
	}
	for i := range b.Len() {
		list = append(list, role{oid: types.OID(b.Cols[0].Ints[i]), name: string(b.Cols[1].BytesAt(i))})
	}
	return list
}

func pgAuthid(env *Env, w *rows) {
	w.add(integer(oidOwner), text(env.owner()), boolean(true), boolean(true), boolean(true), boolean(true), boolean(true), boolean(true),
		boolean(true), integer(-1), null, null)
	w.addFixed(recordedRoles, nil)
}

func pgRoles(env *Env, w *rows) {
	for _, r := range roles(env, w) {
		w.add(text(r.name), boolean(r.super), boolean(true), boolean(r.super), boolean(r.super), boolean(r.super), boolean(r.super),
			integer(-1), text("********"), null, boolean(r.super), null, integer(r.oid))
	}
}

// pgUser fills pg_user and pg_shadow: the roles that may log in.
func pgUser(env *Env, w *rows) {
	w.add(text(env.owner()), integer(oidOwner), boolean(true), boolean(true), boolean(true), boolean(true), text("********"), null, null)
}

// pgGroup fills pg_group: the roles that may not log in, with their members.
func pgGroup(env *Env, w *rows) {
	members, err := recordedMembers.load()
	if err != nil {
		w.err = err
		return
	}
	for _, r := range roles(env, w) {
		if r.super {
			continue
		}
		w.add(text(r.name), integer(r.oid), array(types.OIDOID, membersOf(members, r.oid)...))
	}
}

func membersOf(b *batch.Batch, role types.OID) []types.Value {
	var list []types.Value
	for i := range b.Len() {
		if types.OID(b.Cols[0].Ints[i]) == role {
			list = append(list, b.Cols[1].Value(i))
		}
	}
	return list
}

var recordedMembers = &fixedRows{name: "pg_auth_members"}
