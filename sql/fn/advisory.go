package fn

// AdvisoryKey names an advisory lock as pg_locks has it: Sub is 1 for a bigint, whose halves Class and Object are, and 2 for two integers.
type AdvisoryKey struct {
	Class, Object uint32
	Sub           int16
}

// AdvisoryMode is how an advisory lock is taken: together with others who share it; until the end of the transaction; and only if it need not
// be waited for.
type AdvisoryMode struct{ Shared, Transaction, Try bool }

func advisoryKeyOf(c *Call, i int) AdvisoryKey {
	if len(c.Args) == 1 {
		n := uint64(c.int(0, i))
		return AdvisoryKey{Class: uint32(n >> 32), Object: uint32(n), Sub: 1}
	}
	return AdvisoryKey{Class: uint32(c.int(0, i)), Object: uint32(c.int(1, i)), Sub: 2}
}

func advisoryLock(name string, mode AdvisoryMode) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		taken, err := s.AdvisoryLock(advisoryKeyOf(c, i), mode)
		switch {
		case err != nil:
			return err
		case mode.Try:
			c.putBool(taken)
		default:
			c.putBytes(nil)
		}
		return nil
	})
}

func advisoryUnlock(name string, shared bool) Kernel {
	return sessionRow(name, func(c *Call, s Session, i int) error {
		unlocked, err := s.AdvisoryUnlock(advisoryKeyOf(c, i), shared)
		if err == nil {
			c.putBool(unlocked)
		}
		return err
	})
}

func advisoryUnlockAll(c *Call, s Session, _ int) error {
	s.AdvisoryUnlockAll()
	c.putBytes(nil)
	return nil
}

// advisoryFunctions are those of advisory locks.
func advisoryFunctions() []*Function {
	var all []*Function
	add := func(name, result string, kernel Kernel, doc string) {
		for _, args := range [...]string{"int8", "int4, int4"} {
			all = append(all, def(name+"("+args+") "+result, kernel, doc).volatile())
		}
	}
	for _, transaction := range [...]bool{false, true} {
		scope, until := "", "the session unlocks it or ends"
		if transaction {
			scope, until = "xact_", "the transaction ends"
		}
		for _, shared := range [...]bool{false, true} {
			suffix, how := "", ""
			if shared {
				suffix, how = "_shared", "shared "
			}
			mode := AdvisoryMode{Shared: shared, Transaction: transaction}
			name := "pg_advisory_" + scope + "lock" + suffix
			add(name, "void", advisoryLock(name, mode), "takes a "+how+"lock of the application's own meaning, until "+until)
			mode.Try = true
			name = "pg_try_advisory_" + scope + "lock" + suffix
			add(name, "bool", advisoryLock(name, mode), "the same if it need not be waited for; whether it was taken")
		}
	}
	add("pg_advisory_unlock", "bool", advisoryUnlock("pg_advisory_unlock", false), "gives a lock of the session back; false if it has none")
	add("pg_advisory_unlock_shared", "bool", advisoryUnlock("pg_advisory_unlock_shared", true), "gives a shared lock of the session back; false if it has none")
	return append(all, def("pg_advisory_unlock_all() void", sessionRow("pg_advisory_unlock_all", advisoryUnlockAll), "gives all locks of the session back").volatile())
}
