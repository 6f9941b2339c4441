package fn

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types/jsontext"
)

// node is a jsonb value taken apart, for what changes it.
type node struct {
	kind byte // as jsontext.Kind says
	// text is that of a scalar, a string's without escapes.
	text  []byte
	keys  [][]byte // of an object, in jsonb's order
	items []*node
}

func parseNode(text []byte) *node {
	n := &node{kind: jsontext.Kind(text)}
	switch n.kind {
	case '{':
		jsontext.Members(text, func(k, v []byte) bool {
			n.keys, n.items = append(n.keys, bytes.Clone(k)), append(n.items, parseNode(v))
			return true
		})
	case '[':
		jsontext.Elements(text, func(v []byte) bool {
			n.items = append(n.items, parseNode(v))
			return true
		})
	case '"':
		n.text = jsontext.AppendUnquoted(nil, bytes.TrimSpace(text))
	default:
		n.text = bytes.TrimSpace(text)
	}
	return n
}

func (n *node) isScalar() bool { return n.kind != '{' && n.kind != '[' }

// append writes jsonb's text form.
func (n *node) append(dst []byte) []byte {
	switch n.kind {
	case '{':
		dst = append(dst, '{')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(jsontext.AppendString(dst, n.keys[i]), ": "...)
			dst = item.append(dst)
		}
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = item.append(dst)
		}
		return append(dst, ']')
	case '"':
		return jsontext.AppendString(dst, n.text)
	default:
		return append(dst, n.text...)
	}
}

const prettyIndent = 4

// pretty writes a line for each element.
func (n *node) pretty(dst []byte, level int) []byte {
	if n.isScalar() {
		return n.append(dst)
	}
	newLine := func(level int) {
		dst = append(dst, '\n')
		dst = append(dst, bytes.Repeat([]byte(" "), prettyIndent*level)...)
	}
	closing := byte(']')
	if n.kind == '{' {
		closing = '}'
	}
	dst = append(dst, n.kind)
	for i, item := range n.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		newLine(level + 1)
		if n.kind == '{' {
			dst = append(jsontext.AppendString(dst, n.keys[i]), ": "...)
		}
		dst = item.pretty(dst, level+1)
	}
	newLine(level)
	return append(dst, closing)
}

func (n *node) find(key []byte) int {
	return slices.IndexFunc(n.keys, func(k []byte) bool { return bytes.Equal(k, key) })
}

func (n *node) remove(at int) {
	n.items = slices.Delete(n.items, at, at+1)
	if n.kind == '{' {
		n.keys = slices.Delete(n.keys, at, at+1)
	}
}

// set puts a member into an object, in its order.
func (n *node) set(key []byte, value *node) {
	if at := n.find(key); at >= 0 {
		n.items[at] = value
		return
	}
	at := 0
	for at < len(n.keys) && (len(n.keys[at]) < len(key) || len(n.keys[at]) == len(key) && bytes.Compare(n.keys[at], key) < 0) {
		at++
	}
	n.keys, n.items = slices.Insert(n.keys, at, bytes.Clone(key)), slices.Insert(n.items, at, value)
}

// contains is jsonb's @> from here down.
func (n *node) contains(other *node) bool {
	if n.kind != other.kind {
		return false
	}
	switch n.kind {
	case '{':
		for i, key := range other.keys {
			at := n.find(key)
			if at < 0 || !n.items[at].contains(other.items[i]) {
				return false
			}
		}
		return true
	case '[':
		for _, item := range other.items {
			if !n.has(item) {
				return false
			}
		}
		return true
	case '"':
		return bytes.Equal(n.text, other.text)
	default:
		return jsontext.Compare(n.text, other.text) == 0
	}
}

// has tells whether an array has an element that contains a value.
func (n *node) has(value *node) bool {
	return slices.ContainsFunc(n.items, func(item *node) bool { return item.contains(value) })
}

// index reads a step of a path as the number of an element; position counts steps for the error.
func (n *node) index(key []byte, position int) (int, error) {
	i, err := strconv.ParseInt(string(bytes.TrimSpace(key)), 10, 32)
	if err != nil {
		return 0, pgerr.Newf(pgerr.InvalidTextRepresentation, `path element at position %d is not an integer: "%s"`, position, key)
	}
	if i < 0 {
		if int(-i) > len(n.items) {
			return -1, nil
		}
		return len(n.items) + int(i), nil
	}
	return int(i), nil
}

// How a path changes a value.
type change uint8

const (
	setExisting   change = iota // replace only
	setOrCreate                 // replace, or add at the end of the path
	insertBefore                // jsonb_insert
	insertAfter                 // jsonb_insert(..., true)
	removeElement               // #-
)

// apply changes what is at a path.
func (n *node) apply(path [][]byte, position int, value *node, how change) error {
	key, last := path[0], len(path) == 1
	if key == nil {
		return pgerr.Newf(pgerr.NullValueNotAllowed, "path element at position %d is null", position)
	}
	switch n.kind {
	case '{':
		return n.applyMember(key, path, position, value, how)
	case '[':
		at, err := n.index(key, position)
		if err != nil {
			return err
		}
		inside := at >= 0 && at < len(n.items)
		switch {
		case !last:
			if inside {
				return n.items[at].apply(path[1:], position+1, value, how)
			}
		case how == removeElement:
			if inside {
				n.remove(at)
			}
		case how == insertBefore || how == insertAfter:
			if inside && how == insertAfter {
				at++
			}
			n.items = slices.Insert(n.items, min(max(at, 0), len(n.items)), value)
		case inside:
			n.items[at] = value
		case how == setOrCreate && at < 0:
			n.items = slices.Insert(n.items, 0, value)
		case how == setOrCreate:
			n.items = append(n.items, value)
		}
		return nil
	default:
		return nil
	}
}

func (n *node) applyMember(key []byte, path [][]byte, position int, value *node, how change) error {
	at := n.find(key)
	switch {
	case len(path) > 1:
		if at >= 0 {
			return n.items[at].apply(path[1:], position+1, value, how)
		}
	case how == removeElement:
		if at >= 0 {
			n.remove(at)
		}
	case how == insertBefore || how == insertAfter:
		if at >= 0 {
			return pgerr.New(pgerr.InvalidParameterValue, "cannot replace existing key").
				WithHint("Try using the function jsonb_set to replace key value.")
		}
		n.set(key, value)
	case at >= 0:
		n.items[at] = value
	case how == setOrCreate:
		n.set(key, value)
	}
	return nil
}

// stripNulls drops members that are null.
func (n *node) stripNulls() {
	for i := len(n.items) - 1; i >= 0; i-- {
		if n.kind == '{' && n.items[i].kind == 'n' {
			n.remove(i)
			continue
		}
		n.items[i].stripNulls()
	}
}
