package operators

import (
	"slices"
	"unsafe"

	"github.com/freshetdb/freshet/storage/state"
)

// The rows of a partition lie in order in blocks. A partition with few rows has one block, of a size that grows with it; one with many has a list
// of them, so that a row that comes or goes moves only those of its block. The block of a partition that has had one row only is the word for its place.

// listBlock is a block of a large list.
type listBlock struct {
	place ref
	size  uint32
}

const (
	minBlock = 4
	maxBlock = 128
)

func halves(part unsafe.Pointer, w int) *[2]uint32 {
	return (*[2]uint32)(unsafe.Pointer(state.Word(part, w)))
}

// blocks is how many blocks a partition has.
func (n *topN) blocks(part unsafe.Pointer) int {
	if big := halves(part, partSpace)[1]; big != 0 {
		return len(n.bigs[big-1])
	}
	return int(min(1, halves(part, partList)[1]))
}

// block is one of them, to be read and written until the list changes.
func (n *topN) block(part unsafe.Pointer, k int) []ref {
	if big := halves(part, partSpace)[1]; big != 0 {
		b := n.bigs[big-1][k]
		return n.refsAt(b.place, int(b.size))
	}
	list := halves(part, partList)
	if halves(part, partSpace)[0] == 0 {
		return unsafe.Slice((*ref)(&list[0]), list[1])
	}
	return n.refsAt(ref(list[0]), int(list[1]))
}

func (n *topN) refsAt(place ref, size int) []ref {
	return unsafe.Slice((*ref)(n.rows.at(place)), size)
}

// size is how many rows a partition has.
func (n *topN) size(part unsafe.Pointer) int64 {
	size := int64(0)
	for k := range n.blocks(part) {
		size += int64(len(n.block(part, k)))
	}
	return size
}

// search returns the place of a row that is the same as r, or where it would go.
func (n *topN) search(part unsafe.Pointer, r ref) (block, at int, found bool) {
	if big := halves(part, partSpace)[1]; big != 0 {
		block, found = slices.BinarySearchFunc(n.bigs[big-1], r, func(b listBlock, r ref) int {
			return n.order.compare(n.refsAt(b.place, 1)[0], r)
		})
		if found {
			return block, 0, true
		}
		block = max(0, block-1)
	} else if halves(part, partList)[1] == 0 {
		return 0, 0, false
	}
	at, found = slices.BinarySearchFunc(n.block(part, block), r, n.order.compare)
	return block, at, found
}

// insert puts a row into a block.
func (n *topN) insert(part unsafe.Pointer, block, at int, r ref) error {
	space, list := halves(part, partSpace), halves(part, partList)
	if space[1] == 0 && list[1] > 0 && list[1] >= space[0] {
		if err := n.growList(part); err != nil {
			return err
		}
	}
	if space[1] == 0 {
		list[1]++
		insertRef(n.block(part, 0), at, r)
		return nil
	}
	blocks := n.bigs[space[1]-1]
	if blocks[block].size == maxBlock {
		place, err := n.rows.alloc(maxBlock / 2)
		if err != nil {
			return err
		}
		copy(n.refsAt(place, maxBlock/2), n.refsAt(blocks[block].place, maxBlock)[maxBlock/2:])
		blocks[block].size = maxBlock / 2
		blocks = slices.Insert(blocks, block+1, listBlock{place, maxBlock / 2})
		n.bigs[space[1]-1] = blocks
		if at > maxBlock/2 {
			block, at = block+1, at-maxBlock/2
		}
	}
	blocks[block].size++
	insertRef(n.block(part, block), at, r)
	return nil
}

// insertRef moves the last rows of a block, whose last place is free, up by one.
func insertRef(b []ref, at int, r ref) {
	copy(b[at+1:], b[at:])
	b[at] = r
}

// growList doubles the block of a small list, or makes the list a large one.
func (n *topN) growList(part unsafe.Pointer) error {
	space, list := halves(part, partSpace), halves(part, partList)
	if space[0] == maxBlock {
		if len(n.freeBigs) == 0 {
			n.bigs = append(n.bigs, nil)
			n.freeBigs = append(n.freeBigs, uint32(len(n.bigs)))
		}
		last := len(n.freeBigs) - 1
		space[1] = n.freeBigs[last]
		n.freeBigs = n.freeBigs[:last]
		n.bigs[space[1]-1] = append(n.bigs[space[1]-1][:0], listBlock{ref(list[0]), list[1]})
		return nil
	}
	size := max(minBlock, 2*space[0])
	place, err := n.rows.alloc(int(size / 2))
	if err != nil {
		return err
	}
	copy(n.refsAt(place, int(list[1])), n.block(part, 0))
	if space[0] > 0 {
		n.rows.release(ref(list[0]), int(space[0]/2))
	}
	list[0], space[0] = uint32(place), size
	return nil
}

// cut takes a row out of a block.
func (n *topN) cut(part unsafe.Pointer, block, at int) {
	b := n.block(part, block)
	copy(b[at:], b[at+1:])
	space := halves(part, partSpace)
	if space[1] == 0 {
		list := halves(part, partList)
		if list[1]--; list[1] == 0 && space[0] > 0 {
			n.rows.release(ref(list[0]), int(space[0]/2))
			list[0], space[0] = 0, 0
		}
		return
	}
	blocks := n.bigs[space[1]-1]
	if blocks[block].size--; blocks[block].size > 0 {
		return
	}
	n.rows.release(blocks[block].place, maxBlock/2)
	blocks = slices.Delete(blocks, block, block+1)
	n.bigs[space[1]-1] = blocks
	if len(blocks) == 0 {
		n.freeBigs = append(n.freeBigs, space[1])
		*state.Word(part, partList), *state.Word(part, partSpace) = 0, 0
	}
}
