package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPage(t *testing.T) {
	codes, err := parseCodes([]byte("package p\n\nconst (\n" +
		"\t// SyntaxError occurs when the text\n\t// is wrong.\n\t//\n\t// Example: SELECT 'a' || FROM\n\tSyntaxError Code = \"42601\"\n\n" +
		"\t// FarSQLAway is far away.\n\t//\n\t// Example (server): x\n\tFarSQLAway Code = \"XX001\"\n\n" +
		"\t// InternalError occurs when Freshet is wrong.\n\tInternalError Code = \"XX000\"\n)\n"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(render(codes)), "|---|---|---|---|\n")
	want := "| 42601 | syntax error | when the text is wrong. | `` SELECT 'a' \\|\\| FROM `` |\n" +
		"| XX000 | internal error | when Freshet is wrong. |  |\n" +
		"| XX001 | far sql away | far away. | `` x `` |\n"
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommentMustBeThere(t *testing.T) {
	_, err := parseCodes([]byte("package p\n\nconst (\n\t// It is something.\n\tA Code = \"42601\"\n)\n"))
	if err == nil || !strings.Contains(err.Error(), "the comment of A") {
		t.Errorf("got %v", err)
	}
}
