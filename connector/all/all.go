// Package all is the list of connectors.
package all

import (
	"github.com/freshetdb/freshet/connector"
	"github.com/freshetdb/freshet/connector/blackhole"
	"github.com/freshetdb/freshet/connector/file"
	"github.com/freshetdb/freshet/connector/gen"
)

//go:generate go run ./gen

// Kinds are all connectors, in the order in which messages and documentation name them. The list is made anew for each call.
func Kinds() []*connector.Kind {
	return []*connector.Kind{file.Kind, gen.Nexmark, gen.YSB, gen.Datagen, blackhole.Kind}
}
