// Package persistent has a map whose versions share what they have in common: a change costs about the same however much is in it, and those who
// hold the version before see nothing of it.
package persistent

import (
	"hash/maphash"
	"iter"
	"slices"
)

// Map is one version of a map. The zero value is empty; a copy is another name for the same version. It never changes and may be read by any number of
// goroutines.
//
// It is a trie over the bits of the keys' hashes. A key lies as high as the bits above tell it from all others.
type Map[K comparable, V any] struct {
	root *node[K, V]
	size int
}

// branchBits is how many bits of a hash a branch looks at: a change copies a few branches of 16 pointers each.
const (
	branchBits = 4
	branches   = 1 << branchBits
)

// node is a branch, or a leaf with the entries of one hash, which is one entry unless hashes collide.
type node[K comparable, V any] struct {
	branch  *[branches]*node[K, V] // nil in a leaf
	hash    uint64
	entries []entry[K, V]
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

var seed = maphash.MakeSeed()

// place is which branch a hash takes at a depth.
func place(hash uint64, depth int) int { return int(hash >> (depth * branchBits) % branches) }

// Len is how many entries there are.
func (m Map[K, V]) Len() int { return m.size }

// Get answers the value of a key, the zero value if it is not there.
func (m Map[K, V]) Get(k K) V {
	v, _ := m.Find(k)
	return v
}

// Find answers the value of a key, and whether it is there.
func (m Map[K, V]) Find(k K) (value V, found bool) {
	hash := maphash.Comparable(seed, k)
	n := m.root
	for depth := 0; n != nil && n.branch != nil; depth++ {
		n = n.branch[place(hash, depth)]
	}
	if n != nil && n.hash == hash {
		for i := range n.entries {
			if n.entries[i].key == k {
				return n.entries[i].value, true
			}
		}
	}
	return value, false
}

// With answers the version in which a key has a value.
func (m Map[K, V]) With(k K, v V) Map[K, V] {
	leaf := &node[K, V]{hash: maphash.Comparable(seed, k), entries: []entry[K, V]{{k, v}}}
	if _, found := m.Find(k); !found {
		m.size++
	}
	m.root = m.root.with(leaf, 0)
	return m
}

// Without answers the version in which a key is not there.
func (m Map[K, V]) Without(k K) Map[K, V] {
	if _, found := m.Find(k); found {
		m.size--
		m.root = m.root.without(maphash.Comparable(seed, k), k, 0)
	}
	return m
}

// All gives the entries, in no order.
func (m Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.root.all(yield) }
}

// with adds the one entry of a leaf to what lies at a depth.
func (n *node[K, V]) with(leaf *node[K, V], depth int) *node[K, V] {
	switch {
	case n == nil:
		return leaf
	case n.branch != nil:
		next := *n.branch
		at := place(leaf.hash, depth)
		next[at] = next[at].with(leaf, depth+1)
		return &node[K, V]{branch: &next}
	case n.hash != leaf.hash:
		var next [branches]*node[K, V]
		next[place(n.hash, depth)] = n
		return (&node[K, V]{branch: &next}).with(leaf, depth)
	}
	added := leaf.entries[0]
	for _, e := range n.entries {
		if e.key != added.key {
			leaf.entries = append(leaf.entries, e)
		}
	}
	return leaf
}

// without takes a key away that is there; nil if nothing else is.
func (n *node[K, V]) without(hash uint64, k K, depth int) *node[K, V] {
	if n.branch == nil {
		rest := slices.DeleteFunc(slices.Clone(n.entries), func(e entry[K, V]) bool { return e.key == k })
		if len(rest) == 0 {
			return nil
		}
		return &node[K, V]{hash: hash, entries: rest}
	}
	next := *n.branch
	at := place(hash, depth)
	next[at] = next[at].without(hash, k, depth+1)
	var only *node[K, V]
	for _, below := range next {
		if below == nil {
			continue
		}
		if only != nil || below.branch != nil {
			return &node[K, V]{branch: &next}
		}
		only = below
	}
	return only // a leaf alone moves up
}

func (n *node[K, V]) all(yield func(K, V) bool) bool {
	if n == nil {
		return true
	}
	if n.branch != nil {
		for _, below := range n.branch {
			if !below.all(yield) {
				return false
			}
		}
	}
	for _, e := range n.entries {
		if !yield(e.key, e.value) {
			return false
		}
	}
	return true
}
