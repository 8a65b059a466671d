import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'
import fc from 'fast-check'
import { escaped, inItsOwnShell, quoted } from './shell.ts'

const sh = (script: string) =>
  execFileSync('/bin/sh', ['-eu', '-c', script], { encoding: 'utf8', input: '' })

/** What a file or an argument can hold. */
const text = fc
  .string({ unit: fc.constantFrom(...Array.from('ab \'"$`\\\n;|&<>(){}*?[]#~!=-')) })
  .filter((one) => !one.includes('\0'))

test('a quoted text is that text', () => {
  fc.assert(
    fc.property(text, (one) => {
      assert.equal(sh(`printf '%s' ${quoted(one) || "''"}`), one)
      assert.equal(sh(`X="${escaped(one)}"; printf '%s' "$X"`), one)
    }),
    { numRuns: 60 },
  )
})

test('a script of its own may do anything and leaves the caller as it was', () => {
  for (const script of ['exit 0', 'cd /\nexport A=1', "echo 'RUN'\nRUN=1\nexit 0", 'cat', 'set +e'])
    assert.match(
      sh(`${inItsOwnShell(script)}\necho "after $(pwd)"`),
      new RegExp(`after ${process.cwd()}\n$`),
    )
  assert.throws(() => sh(`${inItsOwnShell('exit 3')}\necho after`), { status: 3 })
  assert.equal(sh(inItsOwnShell("cat <<'RUN'\n$HOME\nRUN\n")), '$HOME\n')
  assert.equal(inItsOwnShell('npm ci'), 'npm ci')
})
