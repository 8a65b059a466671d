import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { law } from '../../test/support/law.ts'
import { type LinedCommits, releasesHolding } from './containing.ts'

const BAD = 'bad0'.padEnd(40, '0')
const sha = (n: number) => `${n}`.padStart(8, '0').padEnd(40, 'c')
const release = (
  name: string,
  previous: string | null,
  ...commits: LinedCommits['commits']
): LinedCommits => ({ release: name, previous, commits })
const bad = { sha: BAD }
const plain = (n: number) => ({ sha: sha(n) })
const revert = (n: number, of: string) => ({ sha: sha(n), reverts: [of] })

describe('a bad commit', () => {
  it('is in its release and all after it, and in none before', () =>
    assert.deepEqual(
      releasesHolding(
        [
          release('1', null, plain(1)),
          release('2', '1', plain(2), bad),
          release('3', '2', plain(3)),
        ],
        BAD,
      ),
      ['2', '3'],
    ))
  it('is gone from the release that reverts it, by a short name too', () =>
    assert.deepEqual(
      releasesHolding(
        [
          release('1', null, bad),
          release('2', '1', revert(2, BAD.slice(0, 7))),
          release('3', '2', plain(3)),
        ],
        BAD,
      ),
      ['1'],
    ))
  it('was never in a release that brought it with its revert', () =>
    assert.deepEqual(releasesHolding([release('1', null, bad, revert(2, BAD))], BAD), []))
  it('is there again when its revert is reverted', () =>
    assert.deepEqual(
      releasesHolding(
        [
          release('1', null, bad),
          release('2', '1', revert(2, BAD)),
          release('3', '2', revert(3, sha(2))),
          release('4', '3', revert(4, sha(3))),
        ],
        BAD,
      ),
      ['1', '3'],
    ))
  it('is there again when it is made once more', () =>
    assert.deepEqual(
      releasesHolding(
        [
          release('1', null, bad),
          release('2', '1', revert(2, BAD)),
          release('3', '2', { sha: sha(3), repeats: [BAD] }),
          release('4', '3', revert(4, sha(3))),
        ],
        BAD,
      ),
      ['1', '3'],
    ))
  it('is not taken away by the revert of something else', () =>
    assert.deepEqual(
      releasesHolding([release('1', null, bad), release('2', '1', revert(2, sha(9)))], BAD),
      ['1', '2'],
    ))
  it('is on the line that has it, and not on the one beside it', () =>
    assert.deepEqual(
      releasesHolding(
        [release('1', null, plain(1)), release('2', '1', bad), release('1b', '1', plain(3))],
        BAD,
      ),
      ['2'],
    ))
  law(
    'S18',
    'what comes later changes nothing of which releases held a bad commit before',
    fc.property(fc.array(fc.nat(3), { maxLength: 12 }), fc.nat(11), (moves, cut) => {
      const line = moves.map((move, i) =>
        release(
          `${i}`,
          i === 0 ? null : `${i - 1}`,
          move === 0 ? bad : move === 1 ? revert(i + 10, BAD) : plain(i + 10),
        ),
      )
      const early = line.slice(0, cut).map((each) => each.release)
      const whole = releasesHolding(line, BAD).filter((id) => early.includes(id))
      assert.deepEqual(releasesHolding(line.slice(0, cut), BAD), whole)
    }),
  )
})
