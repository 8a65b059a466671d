/**
 * What stands beside the evidence, so that nobody needs us to check it: a page with the commands, a
 * script that runs them, and a program in Go that uses nothing of ours.
 */
import type { Manifest } from '../layout.ts'

export function readmeOf(manifest: Manifest): string {
  const { service, environments, window, changes, origin, size, range } = manifest
  return `# Evidence: ${service}

${changes} changes of ${service} to ${environments.join(', ')}, finished from ${window.from} and before ${window.to}.

| path | what it is |
| --- | --- |
| population.csv | every change, one a row; draw the sample from it |
| changes/<deployment>/record.json | the events of one change: release, run, tests, approvals, gate, rollout |
| changes/<deployment>/*.sigstore.json | what was attested of its artifact, signed: SBOM, provenance |
| changes/<deployment>/*.tlog-proof | that an event from outside the range is in the log |
| log/checkpoint | ${size} entries of ${origin}, signed, and cosigned by witnesses if there are any |
| log/tile/ | the log, C2SP tlog-tiles: entries ${range.from} to ${range.to - 1} without a gap, and the tree above |
| log/prev-checkpoint, log/consistency | an earlier checkpoint, and the proof that this one continues it |
| log/timestamps/ | checkpoints with what timestamp authorities said of them (RFC 3161), if any were asked, and that the log continues each |
| keys/ | public keys. **Compare them with what you were given by another way.** |
| manifest.json | scope, window, range |

An entry names an event and commits to its content; \`record.json\` brings the content and the salt: \`sha256(salt + canonical JSON of data)\` is the entry's \`dataDigest\`. What is not in the bundle stays private, and the count of changes cannot be cut: it is made of the entries of the range.

How to check it: VERIFY.md.
`
}

export function verifyGuideOf({ origin }: Manifest): string {
  return `# Checking this bundle

Nothing here needs Signalbox, a network, or trust in whoever made the bundle. \`sh verify.sh\` runs steps 1 to 4; run them from this folder.

## 1. Nothing was changed or lost

    sha256sum -c SHA256SUMS

## 2. The checkpoint is signed (openssl 3)

    sed '/^$/,$d' log/checkpoint > /tmp/cp.text
    sed -n 's|^— ${origin} ||p' log/checkpoint | head -n 1 | base64 -d | tail -c 64 > /tmp/cp.sig
    openssl pkeyutl -verify -pubin -inkey keys/log.pub.pem -rawin -in /tmp/cp.text -sigfile /tmp/cp.sig

## 3. The log is what was signed, entry by entry (Go's own library for such logs)

    apt install golang-go golang-golang-x-mod-dev
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= go run verify/main.go .

It opens the checkpoint with golang.org/x/mod/sumdb/note, proves every entry of the range with sumdb/tlog, checks every tlog-proof and the consistency with log/prev-checkpoint, checks that the range covers the window, and counts the changes again: the number has to be that of population.csv.

## 4. An authority saw the log at that time (openssl), where log/timestamps is there

    openssl ts -verify -in log/timestamps/<entries>/<name>.tsr -data log/timestamps/<entries>/<name>.checkpoint \\
      -CAfile keys/tsa-<name>.pem -partial_chain

Give the certificate that you trust instead of the one in keys/. What was in the log by then was not written later; step 6 also checks that the log continues each of these checkpoints, and that no later entry claims to be older. Years later certificates have ended: add \`-attime\` with the instant of the timestamp.

## 5. Attestations (cosign)

    cosign verify-blob-attestation --key keys/release.pub.pem --insecure-ignore-tlog \\
      --bundle changes/<deployment>/attestation-1.sigstore.json --check-claims=false --type slsaprovenance1

## 6. With Signalbox, all of that and what each change lacks

    signalbox evidence verify . --vkey "<the key that you were given>"
`
}

export const VERIFY_SCRIPT = (origin: string): string => `#!/bin/sh
# Checks sums, signature and tree. Needs sha256sum, openssl and go; see VERIFY.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sha256sum --quiet -c SHA256SUMS && echo "1. sums OK"
sed '/^$/,$d' log/checkpoint > "$work/text"
sed -n 's|^— ${origin} ||p' log/checkpoint | head -n 1 | base64 -d | tail -c 64 > "$work/sig"
openssl pkeyutl -verify -pubin -inkey keys/log.pub.pem -rawin -in "$work/text" -sigfile "$work/sig" > "$work/said" || { cat "$work/said"; exit 1; }
echo "2. signature OK"
if command -v go > /dev/null; then
  GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE="$work/cache" go run verify/main.go .
  echo "3. log OK"
else
  echo "3. SKIPPED: go is not installed (apt install golang-go golang-golang-x-mod-dev)"
fi
for reply in log/timestamps/*/*.tsr; do
  [ -e "$reply" ] || continue
  name=$(basename "$reply" .tsr)
  openssl ts -verify -in "$reply" -data "\${reply%.tsr}.checkpoint" -CAfile "keys/tsa-$name.pem" -partial_chain > "$work/said" 2>&1 || { cat "$work/said"; exit 1; }
  echo "4. timestamp OK: $reply"
done
`

export const GO_PROGRAM = `// Checks the log of a bundle with Go's checksum database library, and nothing of Signalbox.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ dir string }

func (t tiles) Height() int                       { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte)   {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range all {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		bytes, err := os.ReadFile(filepath.Join(t.dir, "log", "tile", path))
		if err != nil {
			return nil, err
		}
		found = append(found, bytes)
	}
	return found, nil
}

func must(err error) {
	if err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func fail(why string) { must(fmt.Errorf("%s", why)) }

func hash(line string) tlog.Hash {
	bytes, err := base64.StdEncoding.DecodeString(line)
	must(err)
	var h tlog.Hash
	if len(bytes) != len(h) {
		fail("a hash has another length")
	}
	copy(h[:], bytes)
	return h
}

type checkpoint struct {
	size int64
	root tlog.Hash
	text string
}

func open(text []byte, keys note.Verifiers) checkpoint {
	signed, err := note.Open(text, keys)
	must(err)
	lines := strings.Split(signed.Text, "\\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return checkpoint{size, hash(lines[2]), signed.Text}
}

type header struct {
	Type       string
	OccurredAt string
	RecordedAt string
	Subjects   []string
}

type manifest struct {
	Service      string
	Environments []string
	Changes      int
	Window       struct{ From, To string }
	Range        struct{ From, To int64 }
}

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	read := func(path string) []byte {
		bytes, err := os.ReadFile(filepath.Join(dir, path))
		must(err)
		return bytes
	}
	var verifiers []note.Verifier
	for _, line := range strings.Fields(string(read("keys/log.vkey"))) {
		// Other kinds of keys sign beside it; this library knows Ed25519.
		if v, err := note.NewVerifier(line); err == nil {
			verifiers = append(verifiers, v)
		}
	}
	keys := note.VerifierList(verifiers...)
	now := open(read("log/checkpoint"), keys)
	fmt.Println("checkpoint signed,", now.size, "entries")
	var m manifest
	must(json.Unmarshal(read("manifest.json"), &m))

	hashes := tlog.TileHashReader(tlog.Tree{N: now.size, Hash: now.root}, tiles{dir})
	changes := 0
	var bundle []byte
	for i := m.Range.From; i < m.Range.To; i++ {
		if i%256 == 0 || bundle == nil {
			bundle = read(filepath.Join("log/tile/entries", entries(i/256, now.size)))
		}
		entry := nth(bundle, int(i%256))
		proof, err := tlog.ProveRecord(now.size, i, hashes)
		must(err)
		must(tlog.CheckRecord(proof, now.size, now.root, i, tlog.RecordHash(entry)))
		if counts(entry, m) {
			changes++
		}
		var h header
		must(json.Unmarshal(entry, &h))
		if i == m.Range.From && i > 0 && h.RecordedAt >= m.Window.From {
			fail("the range begins after the window does")
		}
		if i == m.Range.To-1 && i < now.size-1 && h.RecordedAt < m.Window.To {
			fail("the range ends before the window does")
		}
	}
	fmt.Println("entries", m.Range.From, "to", m.Range.To-1, "are in the tree")

	rows := 0
	file, err := os.Open(filepath.Join(dir, "population.csv"))
	must(err)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		rows++
	}
	if changes != rows-1 || changes != m.Changes {
		fail(fmt.Sprint("the log counts ", changes, " changes, population.csv ", rows-1))
	}
	fmt.Println("changes counted again:", changes)

	if text, err := os.ReadFile(filepath.Join(dir, "log/prev-checkpoint")); err == nil {
		before := open(text, keys)
		lines := strings.Split(strings.TrimSpace(string(read("log/consistency"))), "\\n")
		var proof tlog.TreeProof
		for _, line := range lines[1:] {
			proof = append(proof, hash(line))
		}
		must(tlog.CheckTree(proof, now.size, now.root, before.size, before.root))
		fmt.Println("continues the checkpoint of", before.size, "entries")
	}
	fmt.Println("proofs of single events:", proofs(dir, now))
}

func counts(entry []byte, m manifest) bool {
	var h header
	must(json.Unmarshal(entry, &h))
	if h.Type != "deployment.finished" || h.OccurredAt < m.Window.From || h.OccurredAt >= m.Window.To {
		return false
	}
	isService, isEnvironment := false, false
	for _, subject := range h.Subjects {
		isService = isService || subject == "service:"+m.Service
		for _, environment := range m.Environments {
			isEnvironment = isEnvironment || subject == "environment:"+environment
		}
	}
	return isService && isEnvironment
}

func proofs(dir string, now checkpoint) int {
	found, err := filepath.Glob(filepath.Join(dir, "changes", "*", "*.tlog-proof"))
	must(err)
	for _, path := range found {
		text, err := os.ReadFile(path)
		must(err)
		parts := strings.SplitN(string(text), "\\n\\n", 2)
		lines := strings.Split(parts[0], "\\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		must(err)
		var proof tlog.RecordProof
		for _, line := range lines[2:] {
			proof = append(proof, hash(line))
		}
		if !strings.HasPrefix(parts[1], now.text) {
			fail(path + " is of another checkpoint")
		}
		must(tlog.CheckRecord(proof, now.size, now.root, index, tlog.RecordHash(entryOf(path, index))))
	}
	return len(found)
}

func entryOf(path string, index int64) []byte {
	var record struct {
		Events []struct {
			Index  int64
			Header string
		}
	}
	bytes, err := os.ReadFile(filepath.Join(filepath.Dir(path), "record.json"))
	must(err)
	must(json.Unmarshal(bytes, &record))
	for _, event := range record.Events {
		if event.Index == index {
			return []byte(event.Header)
		}
	}
	fail(path + " proves an event that record.json does not have")
	return nil
}

func entries(n, size int64) string {
	tile := tlog.Tile{H: 8, L: -1, N: n, W: 256}
	if (n+1)*256 > size {
		tile.W = int(size - n*256)
	}
	return strings.TrimPrefix(tile.Path(), "tile/8/data/")
}

func nth(bundle []byte, i int) []byte {
	for {
		length := int(bundle[0])<<8 | int(bundle[1])
		if i == 0 {
			return bundle[2 : 2+length]
		}
		bundle = bundle[2+length:]
		i--
	}
}
`
