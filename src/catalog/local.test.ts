import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServiceSpec } from './events.ts'
import { type LocalRepositories, refuseLocal } from './local.ts'

const asked = { at: 1, by: 'dev' }
const isRefused = (local: LocalRepositories, repository: string) => {
  const push = { type: 'repository.notePush', ...asked, repository, branch: 'main' }
  const spec = { name: 'shop', source: { repository } } as ServiceSpec
  const answers = [push, { type: 'service.apply', ...asked, spec }].map(
    (command) => refuseLocal(local, command)?.code,
  )
  assert.equal(answers[0], answers[1])
  return answers[0] === 'repository.local-refused'
}

describe('a repository on the disk of the server', () => {
  it('is refused unless it lies in a folder that the operator named', () => {
    const roots = ['/srv/git', '/home/ana/work/']
    for (const address of ['/srv/git', '/srv/git/shop.git', 'file:///home/ana/work/shop'])
      assert.equal(isRefused(roots, address), false, address)
    for (const address of ['/srv/gitlab/x', '/srv', '/etc/secret.git', 'file:///root/secret.git'])
      assert.equal(isRefused(roots, address), true, address)
    assert.equal(isRefused([], '/srv/git/shop.git'), true)
    assert.equal(isRefused(['/'], '/srv/git/shop.git'), false)
  })

  it('does not get out of it by a way round', () => {
    for (const address of [
      '/srv/git/../../etc/secret.git',
      '/srv/git/./../secret.git',
      'file:///srv/git/../secret.git',
      'file:///srv/git/%2e%2e/secret.git',
      'file:///srv/git%2F..%2Fsecret.git',
      'FILE:///etc/secret.git',
      'file:/etc/secret.git',
      'file://localhost/etc/secret.git',
      '//srv/git/../secret.git',
    ])
      assert.equal(isRefused(['/srv/git'], address), true, address)
  })

  it('may be anywhere where the operator is the only user', () => {
    assert.equal(isRefused('any', '/etc/secret.git'), false)
  })

  it('is told apart from one elsewhere, and from other commands', () => {
    for (const address of ['https://git.example.org/a.git', 'ssh://git@host/srv/a.git', ''])
      assert.equal(isRefused([], address), false, address)
    assert.equal(refuseLocal([], { type: 'run.cancel' }), undefined)
  })

  it('is refused with what to do instead', () => {
    const push = { type: 'repository.notePush', repository: '/x.git' }
    assert.match(refuseLocal([], push)?.remedy ?? '', /SIGNALBOX_LOCAL_REPOSITORIES/)
    assert.match(refuseLocal(['/srv/git'], push)?.remedy ?? '', /below \/srv\/git/)
  })
})
