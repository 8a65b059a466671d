/** A short walk of `npm run bench -- pipeline-faults`: the same world, killed as often. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { drive } from '../bench/pipeline-faults/drive.ts'
import { seeded } from './support/chance.ts'

const RUNS = 15

test(
  'whoever is killed, nothing runs twice under one fence, nothing runs for ever, finally runs',
  { timeout: 600_000 },
  async () => {
    const verdict = await drive(RUNS, seeded(new Date().getUTCDate()))
    const { server, runner, database } = verdict.kills
    assert.ok(server + runner + database > 0, 'nobody was killed')
    const { twice, effectsAgain, stuck, withoutFinally, leftover } = verdict
    assert.deepEqual(
      { twice, effectsAgain, stuck, withoutFinally, leftover },
      { twice: [], effectsAgain: [], stuck: [], withoutFinally: [], leftover: [] },
      JSON.stringify(verdict),
    )
    assert.equal(verdict.runs, RUNS)
  },
)
