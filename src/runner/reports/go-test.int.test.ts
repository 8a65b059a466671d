/** Against the Go of this machine: what its versions print is nowhere written down in full. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { readReport } from './read-report.ts'

const FILES = {
  'go.mod': 'module example.org/shop\n\ngo 1.19\n',
  'cart/cart_test.go': `package cart
import ("fmt"; "testing")
func TestAdds(t *testing.T) { fmt.Print("no end of line") }
func TestPays(t *testing.T) {
  t.Run("by card", func(t *testing.T) { t.Log("charged twice"); t.Fail() })
  t.Run("in/cash", func(t *testing.T) {})
}
func TestLater(t *testing.T) { t.Skip("not now") }
func TestMany(t *testing.T) {
  for i := 0; i < 2; i++ { t.Run("p", func(t *testing.T) { t.Parallel() }) }
}
`,
  'broken/broken_test.go': `package broken
import "testing"
func TestX(t *testing.T) { undefinedThing() }
`,
  'dead/dead_test.go': `package dead
import ("fmt"; "testing")
func TestBefore(t *testing.T) {}
func TestDies(t *testing.T) {
  t.Run("sub", func(t *testing.T) {
    for i := 0; i < 500; i++ { fmt.Println("a line of many") }
    var p *int
    *p = 1
  })
}
func TestAfter(t *testing.T) {}
`,
  'unready/unready_test.go': `package unready
import ("fmt"; "os"; "testing")
func TestMain(m *testing.M) { fmt.Println("no database"); os.Exit(3) }
func TestX(t *testing.T) {}
`,
}
const CASES = [
  'errored example.org/shop/broken::(package)',
  'errored example.org/shop/unready::(package)',
  'failed example.org/shop/cart::TestPays/by_card',
  'failed example.org/shop/dead::TestDies/sub',
  'passed example.org/shop/cart::TestAdds',
  'passed example.org/shop/cart::TestMany/p',
  'passed example.org/shop/cart::TestMany/p#01',
  'passed example.org/shop/cart::TestPays/in/cash',
  'passed example.org/shop/dead::TestBefore',
  'skipped example.org/shop/cart::TestLater',
]

const PATH = '/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin'
const hasGo = spawnSync('go', ['version'], { env: { PATH } }).status === 0
const skip = !hasGo && 'NO GO ON THIS MACHINE: what go test -json prints was not tried'
const root = mkdtempSync(join(tmpdir(), 'signalbox-go-'))
after(() => rmSync(root, { recursive: true, force: true }))

for (const streams of ['apart', 'together'] as const)
  test(`go test -json of this machine, with its streams ${streams}`, { skip }, async () => {
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(join(root, name, '..'), { recursive: true })
      writeFileSync(join(root, name), text)
    }
    const file = join(root, `${streams}.json`)
    const line = `go test -json ./... > ${file} 2>${streams === 'apart' ? '/dev/null' : '&1'}`
    const own = { GOCACHE: join(root, 'cache'), GOFLAGS: '-mod=mod', GOPROXY: 'off' }
    const env = { PATH, HOME: root, ...own }
    spawnSync('/bin/sh', ['-c', line], { cwd: root, env })
    const { cases } = await readReport(file, { root, isGoTest: true })
    const said = (end: string) => cases.find(({ id }) => id.endsWith(end))?.message
    assert.deepEqual(cases.map(({ outcome, id }) => `${outcome} ${id}`).toSorted(), CASES)
    assert.match(said('by_card') ?? '', /charged twice/)
    // Why it died stands first, however much it printed before.
    assert.match(said('TestDies/sub') ?? '', /^panic: runtime error: invalid memory address/)
    assert.match(said('unready::(package)') ?? '', /no database/)
    if (streams === 'together') assert.match(said('broken::(package)') ?? '', /undefinedThing/)
  })
