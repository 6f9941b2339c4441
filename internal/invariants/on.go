//go:build invariants

package invariants

// Enabled is a constant, so that the compiler drops every check behind it where the tag "invariants" is not set.
const Enabled = true
