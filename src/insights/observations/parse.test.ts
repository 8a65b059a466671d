import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvRows } from './csv.ts'
import { parseObservation, strangeColumns } from './parse.ts'

const at = '2026-03-01T12:00:00Z'
const ms = Date.parse(at)
const finished = {
  type: 'deployment.finished',
  occurredAt: at,
  id: 'e1',
  source: 'ci',
  deployment: 'd1',
  service: 'shop',
  environment: 'prod',
  outcome: 'succeeded',
}

function observed(line: object) {
  const read = parseObservation(line)
  assert.equal(read.kind, 'observation', JSON.stringify(read))
  return read.kind === 'observation' ? read.observation : assert.fail()
}

function problem(line: unknown) {
  const read = parseObservation(line)
  assert.equal(read.kind, 'refused', JSON.stringify(read))
  return read.kind === 'refused' ? [read.field, read.reason] : assert.fail()
}

test('fields stand flat or under data, in camels or snakes, and mean the same', () => {
  const flat = observed(finished)
  const { type, id, ...rest } = finished
  const { occurredAt, source, ...data } = rest
  assert.deepEqual(observed({ type, id, source, occurredAt, data }), flat)
  const snakes = {
    event_type: 'deployment_finished',
    occurred_at: ms,
    source: { system: 'ci', event_id: 'e1' },
    deployment_id: 'd1',
    service_name: 'shop',
    env: 'prod',
    status: 'SUCCESS',
  }
  assert.deepEqual(observed({ type: 'deployment_finished', ...snakes }), flat)
  assert.deepEqual([flat.occurredAt, flat.source, flat.sourceEventId], [ms, 'ci', 'e1'])
})

test('outcomes as CDEvents name them are ours', () => {
  const outcome = (said: string) =>
    (observed({ ...finished, outcome: said }) as { outcome?: string }).outcome
  assert.deepEqual(['success', 'failure', 'cancel', 'error'].map(outcome), [
    'succeeded',
    'failed',
    'cancelledByUser',
    'failed',
  ])
})

test('is and has may be left out, numbers and truths may be text', () => {
  const read = observed({ ...finished, unplanned: 'true', exposed: 0, tier: 'tier-1' })
  const { isUnplanned, isExposed, tier } = read as Record<string, unknown>
  assert.deepEqual([isUnplanned, isExposed, tier], [true, false, 1])
})

test('what cannot be read is refused by its field, never guessed', () => {
  assert.deepEqual(problem('x')[0], '')
  assert.equal(problem({ ...finished, occurredAt: '2026-03-01T12:00:00' })[0], 'occurredAt')
  assert.equal(problem({ ...finished, occurredAt: 1_772_366_400 })[0], 'occurredAt')
  assert.equal(problem({ ...finished, recordedAt: 'soon' })[0], 'recordedAt')
  assert.equal(problem({ ...finished, outcome: 'exploded' })[0], 'outcome')
  assert.deepEqual(problem({ ...finished, service: null }), ['service', 'service is missing.'])
  assert.equal(problem({ ...finished, tier: 'high' })[0], 'tier')
})

test('a type that is not known is counted, and a field that is not known is told', () => {
  assert.deepEqual(parseObservation({ ...finished, type: 'coffee.made' }), {
    kind: 'unknownType',
    type: 'coffee.made',
  })
  const read = parseObservation({ ...finished, weather: 'fine' })
  assert.deepEqual(read.kind === 'observation' && read.unknown, ['weather'])
})

test('commits and tests are read one by one', () => {
  const commits = [
    { id: 'a', timestamp: at, message: 'x', parents: ['p'] },
    { sha: 'b', committed_at: at, patch_id: 'q' },
  ]
  const push = { type: 'commit.pushed', occurredAt: at, repo: 'r', ref: 'refs/heads/main' }
  const read = observed({ ...push, after: 'b', commits }) as { commits?: unknown }
  assert.deepEqual(read.commits, [
    { committedAt: ms, sha: 'a', parents: ['p'], message: 'x' },
    { committedAt: ms, sha: 'b', patchId: 'q' },
  ])
  const [field, reason] = problem({ ...push, after: 'b', commits: [{ message: 'x' }] })
  assert.deepEqual([field, reason], ['commits', 'commits [0] sha is missing.'])
})

test('rows of a table keep their lines, and quotes keep commas and ends of lines', () => {
  assert.deepEqual(csvRows('a,b\n"1,""x""\ny",2\n\n3,4'), [
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1,"x"\ny', '2'] },
    { line: 5, cells: ['3', '4'] },
  ])
  assert.deepEqual(strangeColumns(['type', 'deploymnt', 'occurred_at']), [
    { column: 'deploymnt', near: 'deployment' },
  ])
})
