import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compareVersions, formatVersion, parseVersion } from './semver.ts'
import { highest, levelOf, nextVersion, tagBefore, tagOn } from './version-choice.ts'

const commit = (kind: string, breaking = false) => ({ kind, breaking })
const next = (
  last: string | undefined,
  level: Parameters<typeof nextVersion>[1],
  ...taken: string[]
) => {
  const version = nextVersion(
    last === undefined ? undefined : parseVersion(last),
    level,
    new Set(taken),
  )
  return version && formatVersion(version)
}

describe('the level', () => {
  it('is the highest that a commit asks for', () => {
    assert.equal(levelOf([commit('fix'), commit('feat'), commit('docs')]), 'minor')
    assert.equal(levelOf([commit('fix'), commit('docs')]), 'patch')
    assert.equal(levelOf([commit('chore', true), commit('feat')]), 'major')
  })
  for (const kind of ['fix', 'perf', 'revert'])
    it(`is a patch for ${kind}`, () => assert.equal(levelOf([commit(kind)]), 'patch'))
  for (const kind of ['docs', 'chore', 'other', 'constructor'])
    it(`is none for ${kind}`, () => assert.equal(levelOf([commit(kind)]), undefined))
})

describe('the next version', () => {
  it('is 1.0.0 first, whatever the commits', () => {
    assert.equal(next(undefined, undefined), '1.0.0')
    assert.equal(next(undefined, 'patch'), '1.0.0')
  })
  it('is counted up by the level', () => {
    assert.equal(next('1.2.3', 'major'), '2.0.0')
    assert.equal(next('1.2.3', 'minor'), '1.3.0')
    assert.equal(next('1.2.3', 'patch'), '1.2.4')
  })
  it('stays below 1.0.0 until somebody tags that', () => {
    assert.equal(next('0.2.3', 'major'), '0.3.0')
    assert.equal(next('0.2.3', 'minor'), '0.3.0')
  })
  it('is none when nothing is worth one', () => assert.equal(next('1.2.3', undefined), undefined))
  it('steps over tags that stand elsewhere', () => {
    assert.equal(next('1.2.3', 'minor', '1.3.0', '1.4.0'), '1.5.0')
    assert.equal(next(undefined, undefined, '1.0.0'), '1.1.0')
  })
  it('is never taken, and always later', () =>
    fc.assert(
      fc.property(
        fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
        fc.constantFrom('major', 'minor', 'patch'),
        fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.nat(5)).map((numbers) => numbers.join('.'))),
        (numbers, level, taken) => {
          const last = parseVersion(numbers.join('.'))
          const version = nextVersion(last, level, new Set(taken))
          assert.ok(last && version && compareVersions(version, last) > 0)
          assert.ok(!taken.includes(formatVersion(version)))
        },
      ),
    ))
})

describe('tags', () => {
  const tags = [
    { name: 'v1.9.0', sha: 'a' },
    { name: 'v1.10.0', sha: 'b' },
    { name: 'v2.0.0-rc.1', sha: 'c' },
    { name: 'vnext', sha: 'd' },
    { name: 'other@3.0.0', sha: 'd' },
    { name: 'v1.11.0', sha: 'here' },
    { name: 'v1.10.5', sha: 'here' },
  ]
  const name = (found: ReturnType<typeof tagOn>) => found && formatVersion(found.version)
  it('on the commit name its version, the highest if there are several', () => {
    assert.equal(name(tagOn(tags, 'v', 'here')), '1.11.0')
    assert.equal(tagOn(tags, 'v', 'nowhere'), undefined)
  })
  it('before it say where the service stands, prereleases left out', () =>
    assert.equal(name(tagBefore(tags, 'v', 'here')), '1.10.0'))
  it('of another prefix belong to somebody else', () =>
    assert.equal(name(tagBefore(tags, 'other@', 'here')), '3.0.0'))
  it('lose to a release that is higher', () => {
    const version = parseVersion('1.12.0')
    assert.ok(version)
    const best = highest([{ version, sha: 'r' }, tagBefore(tags, 'v', 'here') ?? []].flat())
    assert.equal(best?.sha, 'r')
  })
})
