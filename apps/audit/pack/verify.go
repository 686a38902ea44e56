// Verify checks an exported log with the note and tree code of the Go project,
// so that nothing of the program that wrote the log is needed to check it.
//
//	apt-get install golang-go golang-golang-x-mod-dev
//	export GO111MODULE=off GOPATH=/usr/share/gocode
//	go run verify.go -vkey "KEY THAT YOU HOLD" FOLDER [OLDER CHECKPOINT]...
//
// FOLDER holds checkpoint, log.vkey and tile/ as C2SP tlog-tiles names them, and
// perhaps proofs/*.tlog-proof. Checked are the signature of the checkpoint, every
// hash tile up to the signed root, every entry of every bundle, inclusion and
// consistency proofs, the proof files, and that the log still begins with what
// each older checkpoint signed. The first fault ends it: the file is named, and
// the exit status is 1. What the entries mean, and the details beside them, is
// for verify_log.py to check.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height      = 8           // of a tile, in levels of the tree
	width       = 1 << height // of a full tile, in hashes
	proofHeader = "c2sp.org/tlog-proof@v1"
)

// A folder serves the tiles of an exported log to tlog.
type folder string

func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), path(tile)))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes instead of %d hashes", path(tile), len(data), tile.W)
		}
		all = append(all, data)
	}
	return all, nil
}

// Path names a tile as C2SP does: tlog also names the height, which is always 8
// there, and calls the bundles of level -1 "data".
func path(tile tlog.Tile) string {
	rest := strings.TrimPrefix(tile.Path(), "tile/8/")
	return "tile/" + strings.Replace(rest, "data/", "entries/", 1)
}

// A log is a tree with a signed root, and the folder that claims to hold it.
type log struct {
	folder folder
	key    note.Verifier
	tree   tlog.Tree
	hashes tlog.HashReader // authenticates what it reads against the root
}

func main() {
	vkey := flag.String("vkey", "", "the key of the log, as you hold it")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: verify [-vkey KEY] FOLDER [OLDER CHECKPOINT]...")
		os.Exit(2)
	}
	if err := verify(folder(flag.Arg(0)), *vkey, flag.Args()[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "FAULT: %v\n", err)
		os.Exit(1)
	}
	fmt.Println("All is right.")
}

func verify(f folder, vkey string, older []string) error {
	l, err := open(f, vkey)
	if err != nil {
		return err
	}
	if l.tree.N > 0 {
		for _, check := range []func() error{l.checkTiles, l.checkEntries, l.checkProofs} {
			if err := check(); err != nil {
				return err
			}
		}
	}
	if err := l.checkProofFiles(); err != nil {
		return err
	}
	for _, name := range older {
		if err := l.checkOlder(name); err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	return nil
}

// Open verifies the signature of the checkpoint.
func open(f folder, vkey string) (*log, error) {
	if vkey == "" {
		data, err := os.ReadFile(filepath.Join(string(f), "log.vkey"))
		if err != nil {
			return nil, err
		}
		vkey = strings.TrimSuffix(string(data), "\n")
		fmt.Printf("NOTE: this key came with the log; compare it with one that you hold:\n%s\n", vkey)
	}
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("log.vkey: %v", err)
	}
	data, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	if err != nil {
		return nil, err
	}
	tree, err := signedTree(data, key)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %v", err)
	}
	fmt.Printf("checkpoint: signed by %s, %d entries, root %v\n", key.Name(), tree.N, tree.Hash)
	return &log{f, key, tree, tlog.TileHashReader(tree, f)}, nil
}

// SignedTree returns the tree of a checkpoint (C2SP tlog-checkpoint) signed by the key.
func signedTree(data []byte, key note.Verifier) (tlog.Tree, error) {
	var none tlog.Tree
	signed, err := note.Open(data, note.VerifierList(key))
	if err != nil {
		return none, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		return none, errors.New("this is not a checkpoint of the log " + key.Name())
	}
	size, err := decimal(lines[1])
	if err != nil {
		return none, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return none, err
	}
	if size == 0 && root != sha256.Sum256(nil) {
		return none, errors.New("the empty tree has another root")
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// CheckTiles follows every hash tile up to the signed root, top level first.
func (l *log) checkTiles() error {
	// The partial tiles make the root together: a fault lies in one of them.
	if _, err := tlog.TreeHash(l.tree.N, l.hashes); err != nil {
		if errors.Is(err, os.ErrNotExist) || strings.HasPrefix(err.Error(), "tile/") {
			return err
		}
		return fmt.Errorf("%s: %v", strings.Join(l.edge(), " or "), err)
	}
	count := 0
	for level := 63 / height; level >= 0; level-- {
		for _, tile := range tiles(level, l.tree.N>>(height*level)) {
			if err := l.checkTile(tile); err != nil {
				return err
			}
			count++
		}
	}
	fmt.Printf("tiles: %d, each leads to the signed root\n", count)
	return nil
}

// Edge names the partial tiles.
func (l *log) edge() []string {
	var names []string
	for level := 0; l.tree.N>>(height*level) > 0; level++ {
		for _, tile := range tiles(level, l.tree.N>>(height*level)) {
			if tile.W < width {
				names = append(names, path(tile))
			}
		}
	}
	return names
}

// CheckTile compares a full tile with its hash one level up. TileHashReader alone is not
// enough: x/mod 0.7.0 skips this for the first tiles of a request when the right edge has
// fewer tiles than subtrees. Partial tiles are all at that edge, so the root covers them.
func (l *log) checkTile(tile tlog.Tile) error {
	data, err := l.folder.ReadTiles([]tlog.Tile{tile})
	if err != nil || tile.W < width {
		return err
	}
	above, err := l.hashes.ReadHashes([]int64{tlog.StoredHashIndex(height*(tile.L+1), tile.N)})
	if err != nil {
		return fmt.Errorf("%s: %v above it", path(tile), err)
	}
	if rootOf(data[0]) != above[0] {
		return fmt.Errorf("%s: these hashes do not lead to the signed root", path(tile))
	}
	return nil
}

// CheckEntries hashes every entry of every bundle and compares it with its leaf.
func (l *log) checkEntries() error {
	for _, tile := range tiles(-1, l.tree.N) {
		data, err := os.ReadFile(filepath.Join(string(l.folder), path(tile)))
		if err != nil {
			return err
		}
		first := tile.N * width
		var wanted []int64
		for i := 0; i < tile.W; i++ {
			wanted = append(wanted, tlog.StoredHashIndex(0, first+int64(i)))
		}
		leaves, err := l.hashes.ReadHashes(wanted)
		if err != nil {
			return fmt.Errorf("%s: %v", path(tile), err)
		}
		for i, leaf := range leaves {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("%s: it breaks off before entry %d ends", path(tile), first+int64(i))
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			if tlog.RecordHash(data[2:end]) != leaf {
				return fmt.Errorf("%s: entry %d is not the one that was signed", path(tile), first+int64(i))
			}
			data = data[end:]
		}
		if len(data) > 0 {
			return fmt.Errorf("%s: %d bytes follow the last entry", path(tile), len(data))
		}
	}
	fmt.Printf("entries: %d, each is the one that was signed\n", l.tree.N)
	return nil
}

// CheckProofs makes and checks proofs around each power of two and each end.
func (l *log) checkProofs() error {
	sizes := map[int64]bool{1: true, l.tree.N: true}
	for power := int64(1); power > 0 && power <= l.tree.N; power <<= 1 {
		for _, size := range []int64{power - 1, power, power + 1, l.tree.N - power} {
			if 0 < size && size <= l.tree.N {
				sizes[size] = true
			}
		}
	}
	for size := range sizes {
		if err := l.checkInclusion(size - 1); err != nil {
			return fmt.Errorf("inclusion of entry %d: %v", size-1, err)
		}
		root, err := tlog.TreeHash(size, l.hashes)
		if err != nil {
			return err
		}
		if err := l.checkConsistency(tlog.Tree{N: size, Hash: root}); err != nil {
			return fmt.Errorf("consistency with %d entries: %v", size, err)
		}
	}
	fmt.Printf("proofs: %d of inclusion, %d of consistency\n", len(sizes), len(sizes))
	return nil
}

func (l *log) checkInclusion(index int64) error {
	leaf, err := l.hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(l.tree.N, index, l.hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, l.tree.N, l.tree.Hash, index, leaf[0])
}

func (l *log) checkConsistency(old tlog.Tree) error {
	if old.N == 0 {
		return nil // every log begins with the empty one
	}
	if old.N > l.tree.N {
		return fmt.Errorf("it signs %d entries, and the log has %d", old.N, l.tree.N)
	}
	proof, err := tlog.ProveTree(l.tree.N, old.N, l.hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, l.tree.N, l.tree.Hash, old.N, old.Hash)
}

// CheckOlder compares the log with a checkpoint that an auditor kept.
func (l *log) checkOlder(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	old, err := signedTree(data, l.key)
	if err != nil {
		return err
	}
	if err := l.checkConsistency(old); err != nil {
		return err
	}
	fmt.Printf("%s: the log still begins with these %d entries\n", name, old.N)
	return nil
}

// CheckProofFiles checks each proof file (C2SP tlog-proof) that lies with the log.
func (l *log) checkProofFiles() error {
	names, err := filepath.Glob(filepath.Join(string(l.folder), "proofs", "*.tlog-proof"))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := l.checkProofFile(data); err != nil {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	if len(names) > 0 {
		fmt.Printf("proof files: %d\n", len(names))
	}
	return err
}

func (l *log) checkProofFile(data []byte) error {
	end := bytes.Index(data, []byte("\n\n"))
	if end < 0 {
		return errors.New("this is not a proof file")
	}
	signed, err := signedTree(data[end+2:], l.key)
	if err != nil {
		return err
	}
	if err := l.checkConsistency(signed); err != nil {
		return err
	}
	lines := strings.Split(string(data[:end]), "\n")
	if len(lines) > 2 && strings.HasPrefix(lines[1], "extra ") {
		lines = append(lines[:1], lines[2:]...)
	}
	if len(lines) < 2 || lines[0] != proofHeader || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("this is not a proof file")
	}
	index, err := decimal(strings.TrimPrefix(lines[1], "index "))
	if err != nil || index >= signed.N {
		return errors.New("it names no entry of its checkpoint")
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != tlog.HashSize {
			return errors.New("it holds what is no hash")
		}
		proof = append(proof, *(*tlog.Hash)(hash))
	}
	leaf, err := l.hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, signed.N, signed.Hash, index, leaf[0])
}

// Tiles names the tiles of a level that holds so many hashes or, at level -1, entries.
func tiles(level int, count int64) []tlog.Tile {
	var row []tlog.Tile
	for n := int64(0); n*width < count; n++ {
		w := count - n*width
		if w > width {
			w = width
		}
		row = append(row, tlog.Tile{H: height, L: level, N: n, W: int(w)})
	}
	return row
}

// RootOf hashes a full tile up to the one hash that stands for it a level up.
func rootOf(data []byte) tlog.Hash {
	if len(data) == tlog.HashSize {
		return *(*tlog.Hash)(data)
	}
	half := len(data) / 2
	return tlog.NodeHash(rootOf(data[:half]), rootOf(data[half:]))
}

// Decimal reads a number in its one spelling.
func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is not a number of entries", text)
	}
	return number, nil
}
