package state

import (
	"bytes"
	"slices"
	"sort"
	"unsafe"
)

// Ordered is a multiset of encoded keys in their order: a B+tree whose leaves are pieces of a pool. One goroutine uses it.
type Ordered struct {
	pool  *Pool
	owner Owner
	root  *node
	used  int
}

// node is a leaf, if it has no children, or an inner node. An inner node's separators are the least keys that its children but the
// first ever had.
type node struct {
	children   []*node
	separators [][]byte
	leaf       leaf
	prev, next *node // of leaves
}

// leaf is a piece, or memory of its own where a key is too long for one, with entries and the list of their places, in the order of the keys: at its begin the number of entries and the end of
// what is written, behind them the entries (count, length of the key, key), and at its end the list, backwards.
type leaf []byte

const (
	leafBytes   = 4 << 10
	leafHead    = 8
	leafPlace   = 4
	entryHead   = 12
	fanoutLimit = 64
)

// NewOrdered returns an empty multiset.
func NewOrdered(pool *Pool, owner Owner) *Ordered { return &Ordered{pool: pool, owner: owner} }

// Len is the number of different keys.
func (t *Ordered) Len() int { return t.used }

func (l leaf) len() int      { return int(*(*uint32)(unsafe.Pointer(&l[0]))) }
func (l leaf) setLen(n int)  { *(*uint32)(unsafe.Pointer(&l[0])) = uint32(n) }
func (l leaf) end() int      { return int(*(*uint32)(unsafe.Pointer(&l[4]))) }
func (l leaf) setEnd(at int) { *(*uint32)(unsafe.Pointer(&l[4])) = uint32(at) }

// place is where entry i is.
func (l leaf) place(i int) *uint32 {
	return (*uint32)(unsafe.Pointer(&l[len(l)-leafPlace*(i+1)]))
}

func (l leaf) key(i int) []byte {
	at := *l.place(i)
	size := *(*uint32)(unsafe.Pointer(&l[at+8]))
	return l[at+entryHead : at+entryHead+size]
}

func (l leaf) count(i int) *int64 { return (*int64)(unsafe.Pointer(&l[*l.place(i)])) }

// search is the first entry that is not below k.
func (l leaf) search(k []byte) (i int, found bool) {
	n := l.len()
	i = sort.Search(n, func(i int) bool { return bytes.Compare(l.key(i), k) >= 0 })
	return i, i < n && bytes.Equal(l.key(i), k)
}

func entrySize(k []byte) int { return (entryHead + len(k) + 7) &^ 7 }

func (l leaf) fits(k []byte) bool {
	return l.end()+entrySize(k)+leafPlace*(l.len()+1) <= len(l)
}

// insert puts an entry, which fits, at place i of the order.
func (l leaf) insert(i int, k []byte, count int64) {
	n, at := l.len(), l.end()
	for j := n; j > i; j-- {
		*l.place(j) = *l.place(j - 1)
	}
	*l.place(i) = uint32(at)
	*l.count(i) = count
	*(*uint32)(unsafe.Pointer(&l[at+8])) = uint32(len(k))
	copy(l[at+entryHead:], k)
	l.setLen(n + 1)
	l.setEnd(at + entrySize(k))
}

func (l leaf) remove(i int) {
	n := l.len()
	for j := i; j < n-1; j++ {
		*l.place(j) = *l.place(j + 1)
	}
	l.setLen(n - 1)
}

func (t *Ordered) newLeaf(size int) (leaf, error) {
	var c Chunk
	if size > ChunkBytes {
		c = make(Chunk, (size+7)&^7)
	} else {
		var err error
		if c, err = t.pool.GetPiece(t.owner, size); err != nil {
			return nil, err
		}
	}
	l := leaf(c)
	l.setEnd(leafHead)
	return l, nil
}

func (t *Ordered) freeLeaf(l leaf) {
	if !l.large() {
		t.pool.Put(t.owner, Chunk(l))
	}
}

// large tells whether a leaf is not of the pool.
func (l leaf) large() bool { return len(l) > ChunkBytes }

// size is what a leaf with some entries of l needs.
func (l leaf) size(from, to int) int {
	n := leafHead
	for i := from; i < to; i++ {
		n += entrySize(l.key(i)) + leafPlace
	}
	return n
}

// Count is how often a key is there.
func (t *Ordered) Count(k []byte) int64 {
	if t.root == nil {
		return 0
	}
	l := t.root.find(k).leaf
	if i, found := l.search(k); found {
		return *l.count(i)
	}
	return 0
}

// find is the leaf where a key belongs.
func (n *node) find(k []byte) *node {
	for n.children != nil {
		n = n.children[n.child(k)]
	}
	return n
}

func (n *node) child(k []byte) int {
	return sort.Search(len(n.separators), func(i int) bool { return bytes.Compare(n.separators[i], k) > 0 })
}

// Add adds a key diff times, and returns how often it is there then; with 0 it is gone. The error is that there is no more memory; the
// multiset is then as before.
func (t *Ordered) Add(k []byte, diff int64) (count int64, err error) {
	if t.root == nil {
		l, err := t.newLeaf(PieceBytes)
		if err != nil {
			return 0, err
		}
		t.root = &node{leaf: l}
	}
	leaf := t.root.find(k)
	i, found := leaf.leaf.search(k)
	if found {
		c := leaf.leaf.count(i)
		if *c += diff; *c != 0 {
			return *c, nil
		}
		leaf.leaf.remove(i)
		t.used--
		switch {
		case leaf.leaf.len() == 0 && leaf != t.root:
			t.unlink(leaf, k)
		case leaf.leaf.large():
			_ = t.rebuild(leaf, 0) // it stays as it is where there is no memory for a smaller one
		}
		return 0, nil
	}
	if diff == 0 {
		return 0, nil
	}
	if !leaf.leaf.fits(k) {
		if leaf, err = t.makeRoom(leaf, k); err != nil {
			return 0, err
		}
		i, _ = leaf.leaf.search(k)
	}
	leaf.leaf.insert(i, k, diff)
	t.used++
	return diff, nil
}

// makeRoom rebuilds a leaf that a key does not fit, larger, or in two, and returns the one where the key belongs.
func (t *Ordered) makeRoom(n *node, k []byte) (*node, error) {
	more := entrySize(k) + leafPlace
	if n.leaf.len() < 2 || n.leaf.size(0, n.leaf.len())+more <= leafBytes*3/4 {
		return n, t.rebuild(n, more)
	}
	right, err := t.split(n)
	if err != nil {
		return nil, err
	}
	if bytes.Compare(k, right.leaf.key(0)) >= 0 {
		n = right
	}
	if n.leaf.fits(k) {
		return n, nil
	}
	return t.makeRoom(n, k)
}

// rebuild gives a leaf room for more bytes of entries, and the bytes back of those that are gone.
func (t *Ordered) rebuild(n *node, more int) error {
	size := min(max(2*len(n.leaf), PieceBytes), leafBytes)
	fresh, err := t.newLeaf(max(size, n.leaf.size(0, n.leaf.len())+more))
	if err != nil {
		return err
	}
	fresh.take(n.leaf, 0, n.leaf.len())
	t.freeLeaf(n.leaf)
	n.leaf = fresh
	return nil
}

// take copies entries from to to of another leaf behind those that are there.
func (l leaf) take(other leaf, from, to int) {
	for i := from; i < to; i++ {
		l.insert(l.len(), other.key(i), *other.count(i))
	}
}

// split moves the upper half of a leaf's entries to a new one behind it.
func (t *Ordered) split(n *node) (*node, error) {
	all, usual := n.leaf.len(), min(len(n.leaf), leafBytes)
	half := all / 2
	low, err := t.newLeaf(max(usual, n.leaf.size(0, half)))
	if err != nil {
		return nil, err
	}
	high, err := t.newLeaf(max(usual, n.leaf.size(half, all)))
	if err != nil {
		t.freeLeaf(low)
		return nil, err
	}
	low.take(n.leaf, 0, half)
	high.take(n.leaf, half, all)
	t.freeLeaf(n.leaf)
	right := &node{leaf: high, prev: n, next: n.next}
	if n.next != nil {
		n.next.prev = right
	}
	n.leaf, n.next = low, right
	t.addChild(n, right, slices.Clone(high.key(0)))
	return right, nil
}

// path is the inner nodes above the leaf where a key belongs, with the child taken in each.
func (t *Ordered) path(k []byte) (nodes []*node, at []int) {
	for n := t.root; n.children != nil; {
		i := n.child(k)
		nodes, at = append(nodes, n), append(at, i)
		n = n.children[i]
	}
	return nodes, at
}

// addChild puts a new node behind its left neighbour in the tree.
func (t *Ordered) addChild(left, right *node, separator []byte) {
	nodes, at := t.path(left.firstKey())
	for level := len(nodes) - 1; level >= 0; level-- {
		n, i := nodes[level], at[level]
		n.children = slices.Insert(n.children, i+1, right)
		n.separators = slices.Insert(n.separators, i, separator)
		if len(n.children) <= fanoutLimit {
			return
		}
		half := len(n.children) / 2
		right = &node{children: slices.Clone(n.children[half:]), separators: slices.Clone(n.separators[half:])}
		separator = n.separators[half-1]
		n.children, n.separators = n.children[:half:half], n.separators[:half-1:half-1]
		left = n
	}
	t.root = &node{children: []*node{left, right}, separators: [][]byte{separator}}
}

func (n *node) firstKey() []byte {
	for n.children != nil {
		n = n.children[0]
	}
	return n.leaf.key(0)
}

// unlink takes an empty leaf, where k belongs, out of the tree.
func (t *Ordered) unlink(n *node, k []byte) {
	nodes, at := t.path(k)
	for level := len(nodes) - 1; level >= 0; level-- {
		parent, i := nodes[level], at[level]
		if len(parent.children) == 1 {
			if level == 0 {
				break
			}
			continue // the parent goes with its last child
		}
		parent.children = slices.Delete(parent.children, i, i+1)
		if len(parent.separators) > 0 {
			s := max(i-1, 0)
			parent.separators = slices.Delete(parent.separators, s, s+1)
		}
		break
	}
	if n.prev != nil {
		n.prev.next = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	}
	t.freeLeaf(n.leaf)
	if n.prev == nil && n.next == nil {
		t.root = nil
		return
	}
	for len(t.root.children) == 1 {
		t.root = t.root.children[0]
	}
}

// Iterator walks over the keys of an Ordered, which must not change meanwhile.
type Iterator struct {
	n *node
	i int
}

// Seek returns an iterator at the first key that is not below k.
func (t *Ordered) Seek(k []byte) Iterator {
	if t.root == nil {
		return Iterator{}
	}
	n := t.root.find(k)
	i, _ := n.leaf.search(k)
	it := Iterator{n, i}
	it.skip()
	return it
}

// skip goes on to the next leaf at the end of one.
func (it *Iterator) skip() {
	for it.n != nil && it.i >= it.n.leaf.len() {
		it.n, it.i = it.n.next, 0
	}
}

// SeekLast returns an iterator at the last key that is below k; nil is the end of all.
func (t *Ordered) SeekLast(k []byte) Iterator {
	if t.root == nil {
		return Iterator{}
	}
	n, i := t.root, 0
	if k == nil {
		for n.children != nil {
			n = n.children[len(n.children)-1]
		}
		i = n.leaf.len()
	} else {
		n = n.find(k)
		i, _ = n.leaf.search(k)
	}
	it := Iterator{n, i}
	it.Prev()
	return it
}

// Valid tells whether the iterator is at a key.
func (it *Iterator) Valid() bool { return it.n != nil }

// Key is the key, borrowed.
func (it *Iterator) Key() []byte { return it.n.leaf.key(it.i) }

// Count is how often the key is there.
func (it *Iterator) Count() int64 { return *it.n.leaf.count(it.i) }

// Next goes on to the key behind.
func (it *Iterator) Next() {
	it.i++
	it.skip()
}

// Prev goes back to the key before.
func (it *Iterator) Prev() {
	it.i--
	for it.n != nil && it.i < 0 {
		if it.n = it.n.prev; it.n != nil {
			it.i = it.n.leaf.len() - 1
		}
	}
}

// Reset takes all keys away and gives their memory back.
func (t *Ordered) Reset() {
	if t.root != nil {
		n := t.root
		for n.children != nil {
			n = n.children[0]
		}
		for ; n != nil; n = n.next {
			t.freeLeaf(n.leaf)
		}
	}
	t.root, t.used = nil, 0
}
