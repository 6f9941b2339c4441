package session

import (
	"strings"

	"github.com/freshetdb/freshet/catalog"
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/ast"
)

// retainHistory is the option of tables and materialized views for how long their changes are kept.
const retainHistory = "retain_history"

// isRetention tells whether an option of WITH is that one.
func isRetention(o *ast.Option) bool { return strings.EqualFold(settingName(o.Name), retainHistory) }

// checkRetention refuses a value that is no length of time.
func checkRetention(o *ast.Option) error {
	text := ""
	if o.Value != nil {
		text, _ = constantWord(o.Value)
	}
	if micros, ok := connector.ParseDuration(text); !ok || micros < 0 {
		return pgerr.Newf(pgerr.InvalidParameterValue, "invalid value for parameter %q: %q", retainHistory, text).At(int(o.At())).
			WithHint("It takes an interval such as '1 day' or '30 min', or off.")
	}
	return nil
}

// retentionOf is for how many microseconds the changes of a relation are kept; 0: they are not.
func retentionOf(o *catalog.Object) int64 {
	text, ok := o.Option(retainHistory)
	if !ok {
		return 0
	}
	micros, _ := connector.ParseDuration(text) // it was checked
	return micros
}
