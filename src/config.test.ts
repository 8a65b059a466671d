import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readConfig } from './config.ts'

const local = (environment: Record<string, string>) => readConfig(environment).localRepositories

describe('local repositories', () => {
  it('are any where only this machine can reach the server, and none elsewhere', () => {
    for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', '::1'])
      assert.equal(local({ SIGNALBOX_HOST: host }), 'any', host)
    for (const host of ['0.0.0.0', '::', '10.0.0.7', '127.0.0.1.example.org'])
      assert.deepEqual(local({ SIGNALBOX_HOST: host }), [], host)
    // A proxy stands before it: people come from elsewhere.
    assert.deepEqual(local({ SIGNALBOX_PUBLIC_URL: 'https://releases.example.org' }), [])
  })

  it('are those below the folders that were named, wherever it listens', () => {
    const named = { SIGNALBOX_LOCAL_REPOSITORIES: '/srv/git:/home/ana/work' }
    assert.deepEqual(local(named), ['/srv/git', '/home/ana/work'])
    assert.deepEqual(local({ ...named, SIGNALBOX_HOST: '0.0.0.0' }), ['/srv/git', '/home/ana/work'])
    assert.deepEqual(local({ SIGNALBOX_LOCAL_REPOSITORIES: '' }), [])
  })

  it('are named absolutely', () => {
    assert.throws(() => local({ SIGNALBOX_LOCAL_REPOSITORIES: '/srv/git:work' }), {
      code: 'config.invalid',
      message: /SIGNALBOX_LOCAL_REPOSITORIES.*absolute/,
    })
  })
})
