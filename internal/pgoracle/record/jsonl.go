package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/freshetdb/freshet/internal/pgoracle"
)

// line is one object of a corpus file. Code "" is acceptance; corpora that are not recorded have no code at all.
type line struct {
	Src      string `json:"src"`
	SQL      string `json:"sql"`
	Code     string `json:"code"`
	Message  string `json:"message,omitempty"`
	Hint     string `json:"hint,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Position int    `json:"position,omitempty"`
}

// answered is the line of a text with PostgreSQL's answer to it.
func answered(src, sql string, answer pgoracle.Answer) line {
	return line{
		Src: src, SQL: sql, Code: answer.Code, Message: answer.Message, Hint: answer.Hint, Detail: answer.Detail,
		Position: answer.Position,
	}
}

func readLines(path string) ([]line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading a corpus: %w", err)
	}
	defer file.Close()
	var lines []line
	decoder := json.NewDecoder(bufio.NewReader(file))
	for decoder.More() {
		var l line
		if err := decoder.Decode(&l); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func writeLines(path string, lines []line) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // SQL is full of < and >
	for _, l := range lines {
		if err := encoder.Encode(l); err != nil {
			return fmt.Errorf("encoding %q: %w", l.SQL, err)
		}
	}
	return writeFile(path, out.Bytes())
}

func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("writing a recording: %w", err)
	}
	return nil
}
