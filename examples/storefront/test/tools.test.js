import assert from 'node:assert/strict'
import test from 'node:test'
import { findingsIn as dependencyFindings } from '../tools/dependency-scan.js'
import { complaintsOf } from '../tools/lint.js'
import { findingsIn as migrationFindings } from '../tools/migration-lint.js'
import { secretsIn } from '../tools/secret-scan.js'

test('lint finds what it is there for', () => {
  const files = {
    exists: (path) => path === 'src/y.js',
    read: () => 'export function known() {}',
  }
  const lint = (text) => complaintsOf('src/x.js', text, files)
  assert.deepEqual(lint("import { known } from './y.js'\nknown()"), [])
  assert.deepEqual(lint("import { known } from './y.js'"), [
    'src/x.js:1: known is imported and never used',
  ])
  assert.deepEqual(lint("import { odd } from './y.js'\nodd()"), [
    'src/x.js:1: src/y.js exports no odd',
  ])
  assert.deepEqual(lint("import { a } from './z.js'\na()"), ['src/x.js:1: there is no src/z.js'])
  assert.equal(lint('if (a == b) console.log(process.env.A)').length, 3)
  assert.equal(lint('const answer = await fetch(url)').length, 1)
})

test('secrets are found and not repeated', () => {
  const key = 'AKIA' + 'Q'.repeat(16)
  const found = secretsIn('x.js', `const a = 1\nconst key = '${key}'`)
  assert.deepEqual(found, ['x.js:2: may be a secret (AWS access key): revoke it, then take it out'])
  assert.equal(secretsIn('x', `-----BEGIN ${'RSA'} PRIVATE KEY-----`).length, 1)
  assert.equal(secretsIn('x', `${'postgres'}://me:hunter22@db/shop`).length, 1)
  assert.deepEqual(secretsIn('x', 'const token = process.argv[2]'), [])
})

test('a package must be allowed, whole and not denied', () => {
  const scan = (packages) =>
    dependencyFindings({
      lock: { packages: { '': {}, ...packages } },
      manifest: { dependencies: { ok: '1' } },
      lists: { allow: { ok: ['1.0.0'] }, deny: { bad: { versions: ['*'], reason: 'steals' } } },
    }).findings
  const ok = { version: '1.0.0', integrity: 'sha512-x' }
  assert.deepEqual(scan({ 'node_modules/ok': ok }), [])
  assert.match(scan({})[0], /ok: in package.json and not in the lock file/)
  assert.match(scan({ 'node_modules/ok': { ...ok, version: '1.0.1' } })[0], /allow list/)
  assert.match(scan({ 'node_modules/ok': { version: '1.0.0' } })[0], /no integrity/)
  assert.match(scan({ 'node_modules/ok': { ...ok, resolved: 'git+ssh://x' } })[0], /git\+ssh/)
  assert.match(
    scan({ 'node_modules/ok': ok, 'node_modules/ok/node_modules/bad': ok })[0],
    /bad@1\.0\.0: denied: steals/,
  )
})

test('a migration must leave the release before alive', () => {
  const fine = 'alter table orders add column note text;'
  assert.deepEqual(migrationFindings([['0001-note.sql', fine]]), [])
  assert.match(migrationFindings([['note.sql', fine]])[0], /is not named/)
  assert.match(migrationFindings([['0002-note.sql', fine]])[0], /number 1 was expected/)
  const drop = 'alter table orders drop column note;'
  assert.match(migrationFindings([['0001-drop.sql', drop]])[0], /0001-drop.sql:1: drops/)
  assert.deepEqual(migrationFindings([['0001-drop.sql', `${drop} -- contract: unread`]]), [])
})
