// Consistency checks consistency proofs with x/mod: it reads cases as JSON from standard
// input and answers with a list of whether each was accepted.
package main

import (
	"encoding/json"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

type growth struct {
	OldSize int64       `json:"old_size"`
	OldRoot tlog.Hash   `json:"old_root"`
	Size    int64       `json:"size"`
	Root    tlog.Hash   `json:"root"`
	Proof   []tlog.Hash `json:"proof"`
}

func main() {
	var cases []growth
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	accepted := make([]bool, len(cases))
	for i, c := range cases {
		accepted[i] = tlog.CheckTree(c.Proof, c.Size, c.Root, c.OldSize, c.OldRoot) == nil
	}
	json.NewEncoder(os.Stdout).Encode(accepted)
}
