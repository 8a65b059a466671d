import assert from 'node:assert/strict'
import { it } from 'node:test'
import { repositoryName } from './repository-name.ts'

it('a repository has one name, however its address is written', () => {
  for (const address of [
    'https://github.com/Acme/checkout.git',
    'https://user@GitHub.com/acme/checkout/',
    'ssh://git@github.com:22/acme/checkout.git',
    'git@github.com:acme/checkout.git',
    'github.com:acme/checkout',
    'github.com/acme/checkout',
  ])
    assert.equal(repositoryName(address), 'github.com/acme/checkout')
  assert.equal(repositoryName('file:///srv/git/Checkout.git'), '/srv/git/Checkout')
  assert.equal(repositoryName('/srv/git/Checkout/'), '/srv/git/Checkout')
  assert.equal(repositoryName('/srv/git/Checkout/.git'), '/srv/git/Checkout')
  assert.equal(repositoryName('/srv/git/Checkout.git'), '/srv/git/Checkout')
  assert.equal(repositoryName(''), '/')
  assert.equal(repositoryName('/'), '/')
})
