import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rolloutRig } from '../../../test/support/rollout-rig.ts'
import { releaseNamed } from '../queries.ts'
import { relationOf } from './relation.ts'

describe('how two releases stand to each other', () => {
  it('is told by descent alone', async (t) => {
    const rig = await rolloutRig(t)
    const ids = []
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) ids.push(await rig.release('shop', version))
    const [first = '', , third = ''] = ids
    const branched = { release: first, version: '1.0.0', sha: 'a' }
    const hotfix = await rig.release('shop', '1.0.1', 'ana@x', { previous: branched })
    const { reads } = rig.engine
    const how = async (a: string, b: string) => {
      const [one, other] = [await releaseNamed(reads, a), await releaseNamed(reads, b)]
      return one && other && relationOf(reads, one, other)
    }
    assert.equal(await how(third, third), 'same')
    assert.equal(await how(third, first), 'newer')
    assert.equal(await how(first, third), 'older')
    assert.equal(await how(hotfix, first), 'newer')
    assert.equal(await how(hotfix, third), 'apart', 'though it was made later')
    assert.equal(await how(third, hotfix), 'apart')
    const behind = { release: third, version: '1.2.0', sha: 'a' }
    const links = { previous: behind, merges: [hotfix] }
    const merged = await rig.release('shop', '1.2.1', 'ana@x', links)
    for (const each of [first, third, hotfix]) assert.equal(await how(merged, each), 'newer')
    assert.equal(await how(hotfix, merged), 'older')
  })
})
