import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkAddress, checkPath, checkRef, checkSha } from './arguments.ts'

const refused = { code: 'git.refused', retry: false }
// Anything that starts an option, ends a string early or breaks a line.
const poison = fc.constantFrom('\0', '\n', '\r', '\u001b', '\u007f')

describe('what git is handed', () => {
  it('are whole commits', () => {
    assert.equal(checkSha('0123456789'.repeat(4)), '0123456789'.repeat(4))
    for (const bad of ['', 'HEAD', '--all', 'abc', 'A'.repeat(40), `${'a'.repeat(40)}\n`, 'a..b'])
      assert.throws(() => checkSha(bad), refused)
  })

  it('are names of branches and tags', () => {
    for (const name of ['main', 'feature/a-b_c', 'v1.0.0', 'pay/v1', 'ünï', 'a@b', '1'])
      assert.equal(checkRef('heads', name), `refs/heads/${name}`)
    const bad = [
      ['', '-x', '--upload-pack=x', '/a', 'a/', 'a//b', '.a', 'a/.b', 'a..b', 'a.', 'a.lock'],
      [
        'a.lock/b',
        'a b',
        'a~1',
        'a^',
        'a:b',
        'a?',
        'a*',
        '[a',
        'a\\b',
        '@',
        'a@{1}',
        'x'.repeat(201),
      ],
    ].flat()
    for (const name of bad) assert.throws(() => checkRef('tags', name), refused, name)
  })

  it('are paths inside the tree', () => {
    for (const path of ['a', 'a/b c', '-rf', '.git', '*', '"', 'a/.../b'])
      assert.equal(checkPath(path), path)
    for (const path of ['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/../b', './a', 'x'.repeat(4097)])
      assert.throws(() => checkPath(path), refused, path)
  })

  it('are addresses of protocols that run nothing', () => {
    for (const [address, folder] of [
      ['/srv/git/a b.git', '/srv/git/a b.git'],
      ['file:///srv/git/a%20b.git', '/srv/git/a b.git'],
      ['https://git.example/a.git', undefined],
      ['ssh://git@git.example:2222/a.git', undefined],
    ] as const)
      assert.deepEqual(checkAddress(address), { folder })
    const bad = [
      ['', '-x', '--upload-pack=touch /tmp/x', 'relative/path', './x', '~/x', 'git@host:path'],
      ['ext::sh -c touch% /tmp/x', 'http://git.example/a', 'git://git.example/a', 'ftp://a/b'],
      ['file://host/a', 'file:a', 'file:///%zz', 'https://', `/${'x'.repeat(1000)}`],
      ['ssh://-oProxyCommand=x/a', 'ssh://-x@host/a', 'ssh://host/-x'],
    ].flat()
    for (const address of bad) assert.throws(() => checkAddress(address), refused, address)
  })

  it('are addresses without secrets, which are not repeated in the refusal', () => {
    for (const address of [
      'https://user:s3cret@git.example/a',
      'https://s3cret@git.example/a',
      'ssh://git:s3cret@git.example/a',
    ])
      assert.throws(
        () => checkAddress(address),
        (error: Error) => 'code' in error && !error.message.includes('s3cret'),
      )
  })

  it('hold no control character, wherever it stands', () =>
    fc.assert(
      fc.property(fc.string(), poison, fc.string(), (before, bad, after) => {
        const text = `a${before}${bad}${after}`
        for (const check of [
          () => checkRef('heads', text),
          () => checkPath(text),
          () => checkAddress(`/${text}`),
        ])
          assert.throws(check, refused)
      }),
    ))
})
