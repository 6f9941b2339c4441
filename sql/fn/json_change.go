package fn

import (
	"bytes"

	"github.com/freshetdb/freshet/internal/pgerr"
)

// textItems are the elements of a text[] argument, nil for nulls.
func (c *Call) textItems(k, i int) (items [][]byte, err error) {
	a, err := c.openArray(k, i)
	if err != nil {
		return nil, err
	}
	if len(a.Lengths) > 1 {
		return nil, pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	for {
		item, _, ok := a.Next()
		if !ok {
			return items, nil
		}
		items = append(items, item)
	}
}

func (c *Call) putNode(n *node) error {
	c.putAppended(n.append(c.Out.Data))
	return nil
}

func cannotDelete(what, from string) error {
	return pgerr.Newf(pgerr.InvalidParameterValue, "cannot delete %sfrom %s", what, from)
}

func jsonDeleteKey(c *Call, i int) error {
	n := parseNode(c.bytes(0, i))
	if n.isScalar() {
		return cannotDelete("", "scalar")
	}
	n.without(c.bytes(1, i))
	return c.putNode(n)
}

// without drops a key, or the elements of an array that are the string.
func (n *node) without(key []byte) {
	for at := len(n.items) - 1; at >= 0; at-- {
		if n.kind == '{' && bytes.Equal(n.keys[at], key) || n.kind == '[' && n.items[at].kind == '"' && bytes.Equal(n.items[at].text, key) {
			n.remove(at)
		}
	}
}

func jsonDeleteKeys(c *Call, i int) error {
	n := parseNode(c.bytes(0, i))
	if n.isScalar() {
		return cannotDelete("", "scalar")
	}
	a, err := c.openArray(1, i)
	if err != nil {
		return err
	}
	if len(a.Lengths) > 1 {
		return pgerr.New(pgerr.ArraySubscriptError, "wrong number of array subscripts")
	}
	for {
		item, null, ok := a.Next()
		if !ok {
			return c.putNode(n)
		}
		if !null {
			n.without(item)
		}
	}
}

func jsonDeleteIndex(c *Call, i int) error {
	n, at := parseNode(c.bytes(0, i)), c.int(1, i)
	switch {
	case n.isScalar():
		return cannotDelete("", "scalar")
	case n.kind == '{':
		return pgerr.New(pgerr.InvalidParameterValue, "cannot delete from object using integer index")
	}
	if at < 0 {
		at += int64(len(n.items))
	}
	if at >= 0 && at < int64(len(n.items)) {
		n.remove(int(at))
	}
	return c.putNode(n)
}

func jsonDeletePath(c *Call, i int) error {
	path, err := c.textItems(1, i)
	if err != nil {
		return err
	}
	n := parseNode(c.bytes(0, i))
	if n.isScalar() {
		return pgerr.New(pgerr.InvalidParameterValue, "cannot delete path in scalar")
	}
	if err == nil && len(path) > 0 && len(n.items) > 0 {
		err = n.apply(path, 1, nil, removeElement)
	}
	if err != nil {
		return err
	}
	return c.putNode(n)
}

// jsonChange is jsonb_set and jsonb_insert.
func jsonChange(flag bool, without, with change) Kernel {
	return perRow(func(c *Call, i int) error {
		path, err := c.textItems(1, i)
		if err != nil {
			return err
		}
		n := parseNode(c.bytes(0, i))
		if n.isScalar() {
			return pgerr.New(pgerr.InvalidParameterValue, "cannot set path in scalar")
		}
		how := without
		if len(c.Args) > 3 {
			flag = c.bool(3, i)
		}
		if flag {
			how = with
		}
		if len(path) > 0 && (len(n.items) > 0 || how != setExisting) {
			if err := n.apply(path, 1, parseNode(c.bytes(2, i)), how); err != nil {
				return err
			}
		}
		return c.putNode(n)
	})
}

func jsonPretty(c *Call, i int) error {
	c.putAppended(parseNode(c.bytes(0, i)).pretty(c.Out.Data, 0))
	return nil
}

func jsonStripNulls(compact bool) Kernel {
	return perRow(func(c *Call, i int) error {
		n := parseNode(c.bytes(0, i))
		n.stripNulls()
		if compact {
			c.putAppended(n.compact(c.Out.Data))
			return nil
		}
		return c.putNode(n)
	})
}

// compact writes JSON without spaces.
func (n *node) compact(dst []byte) []byte {
	if n.isScalar() {
		return n.append(dst)
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
		if n.kind == '{' {
			key := node{kind: '"', text: n.keys[i]}
			dst = append(key.append(dst), ':')
		}
		dst = item.compact(dst)
	}
	return append(dst, closing)
}
