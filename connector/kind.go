package connector

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshetdb/freshet/internal/pgerr"
	"github.com/freshetdb/freshet/sql/types"
)

// Kind is a connector: the value of WITH (connector = '...').
type Kind struct {
	// Name is what users write.
	Name string
	// Doc is one sentence for the generated page.
	Doc string
	// Options are its own ones as a source, which also has connector.SourceOptions; SinkOptions those as a sink, which has ReplayOptions
	// too if it is replayed.
	Options, SinkOptions []Option
	// Encodes are the names that ENCODE may have, the default first; none: the connector makes rows itself and takes no FORMAT.
	Encodes []string
	// SinkEncodes are the same for a sink.
	SinkEncodes []string
	// Columns are those that the connector knows by itself, for a CREATE SOURCE without a column list; nil: they must be declared.
	Columns func(v Values) ([]Column, error)
	// Source makes a source, without I/O; nil: the kind is not a source. Mistakes in the configuration are *pgerr.Error.
	Source func(c Config) (Source, error)
	// Sink makes a sink, without I/O; nil: the kind is not a sink.
	Sink func(c Config) (Sink, error)
	// Replay tells that a sink must be given again after a restart what it has not flushed, so that its epochs are kept in the
	// changelog until then.
	Replay bool
	// ExactlyOnce tells that the target of a sink keeps the epoch with the data.
	ExactlyOnce bool
}

// Config describes one source or sink.
type Config struct {
	// Options were parsed by Kind.ParseOptions.
	Options Values
	// Columns are those of the relation.
	Columns []Column
	// AppendOnly tells a sink that no row is ever taken back.
	AppendOnly bool
	// Encode is the name after ENCODE in upper case; empty: the kind's default.
	Encode string
	// EncodeOptions are the settings in parentheses after it.
	EncodeOptions []Setting
}

// Column is one column of a source or a sink.
type Column struct {
	Name string
	Type types.Type
	// Meta tells where the values come from.
	Meta Meta
}

// Meta tells what a column of a source holds.
type Meta uint8

// What INCLUDE can name.
const (
	// NoMeta columns are decoded from the row.
	NoMeta Meta = iota
	// MetaPartition is the name of the row's partition, as text.
	MetaPartition
	// MetaOffset is the row's offset in its partition, as bigint.
	MetaOffset
	// MetaTimestamp is the time at which the message was made, as timestamptz.
	MetaTimestamp
	// MetaKey is the key of the message.
	MetaKey
	// MetaHeader is the headers of the message, as jsonb.
	MetaHeader
)

// String is the word that INCLUDE has for it.
func (m Meta) String() string {
	return [...]string{"", "partition", "offset", "timestamp", "key", "header"}[m]
}

// Find looks up the kind of a source, or of a sink, by name. The error tells which there are for that.
func Find(kinds []*Kind, name string, sink bool) (*Kind, error) {
	message := fmt.Sprintf("connector %q does not exist", name)
	var names []string
	for _, k := range kinds {
		fits, only := k.Source != nil, "sinks"
		if sink {
			fits, only = k.Sink != nil, "sources"
		}
		switch found := strings.EqualFold(k.Name, name); {
		case found && fits:
			return k, nil
		case found:
			message = fmt.Sprintf("connector %q is for %s only", k.Name, only)
		case fits:
			names = append(names, k.Name)
		}
	}
	hint := "Valid connectors are: %s."
	if name == "" {
		message = "option \"connector\" is missing"
		hint = "Say what is at the other end: WITH (connector = '...'), one of %s."
	}
	return nil, pgerr.New(pgerr.InvalidParameterValue, message).WithHint(hint, strings.Join(names, ", "))
}

// ParseOptions checks the settings of WITH (...) against the kind's table. The setting "connector" itself may be among them.
func (k *Kind) ParseOptions(settings []Setting) (Values, error) {
	settings = slices.DeleteFunc(slices.Clone(settings), func(s Setting) bool { return strings.EqualFold(s.Name, "connector") })
	return ParseOptions("connector "+k.Name, k.AllOptions(), settings)
}

// ForSink is the kind as a sink: with the options and encodings of that.
func (k *Kind) ForSink() *Kind {
	sink := *k
	sink.Source, sink.Columns = nil, nil
	sink.Options, sink.Encodes = k.SinkOptions, k.SinkEncodes
	if k.Replay {
		sink.Options = slices.Concat(k.SinkOptions, ReplayOptions)
	}
	return &sink
}

// AllOptions are the kind's options and those that every source has.
func (k *Kind) AllOptions() []Option {
	if k.Source == nil {
		return k.Options
	}
	return slices.Concat(k.Options, SourceOptions)
}

// CheckEncode answers the ENCODE to use, or an error if the kind does not have it.
func (k *Kind) CheckEncode(name string) (string, error) {
	switch {
	case name == "" && len(k.Encodes) == 0:
		return "", nil
	case name == "":
		return k.Encodes[0], nil
	case len(k.Encodes) == 0:
		e := pgerr.Newf(pgerr.InvalidParameterValue, "connector %q takes no FORMAT", k.Name)
		if k.Source == nil {
			return "", e.WithHint("It writes no bytes; leave FORMAT ... ENCODE ... out.")
		}
		return "", e.WithHint("It makes its rows itself; leave FORMAT ... ENCODE ... out.")
	}
	upper := strings.ToUpper(name)
	switch {
	case slices.Contains(k.Encodes, upper):
	case k.Source == nil:
		return "", pgerr.Newf(pgerr.FeatureNotSupported, "connector %q cannot write ENCODE %s", k.Name, upper).
			WithHint("It writes: %s.", strings.Join(k.Encodes, ", "))
	default:
		return "", pgerr.Newf(pgerr.FeatureNotSupported, "connector %q cannot read ENCODE %s", k.Name, upper).
			WithHint("It reads: %s.", strings.Join(k.Encodes, ", "))
	}
	return upper, nil
}
