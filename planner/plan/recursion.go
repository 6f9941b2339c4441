package plan

// Follows tells whether a plan surely gives no rows where the last round of a recursion has given none.
func Follows(n Node, id RecursionID) bool {
	switch n := n.(type) {
	case *Working:
		return n.ID == id
	case *Join:
		left, right := Follows(n.Left, id), Follows(n.Right, id)
		switch n.Kind {
		case InnerJoin, SemiJoin:
			return left || right
		case FullJoin:
			return left && right
		default:
			return left
		}
	case *SetOp:
		left, right := Follows(n.Left, id), Follows(n.Right, id)
		switch n.Kind {
		case Intersect:
			return left || right
		case Except:
			return left
		default:
			return left && right
		}
	case *Aggregate:
		return len(n.Keys) > 0 && Follows(n.Input, id)
	case *Recursion:
		return Follows(n.Init, id)
	default:
		in := Inputs(n)
		return len(in) == 1 && Follows(in[0], id)
	}
}
