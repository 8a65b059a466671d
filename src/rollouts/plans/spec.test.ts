import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type z } from 'zod'
import { planWish } from './commands.ts'
import { specOf } from './spec.ts'

const LINE: Readonly<Record<string, readonly string[]>> = { web: ['api'], api: ['db'] }
const releases = new Map(
  ['db', 'api', 'web'].map((name) => [name, { release: `rel_${name}`, version: '1.0.0' }]),
)
const items = ['web', 'api', 'db'].map((service) => ({ service }))

const made = (change: Partial<z.input<typeof planWish>> = {}) =>
  specOf({
    wish: planWish.parse({ environment: 'prod', items, ...change }),
    releases,
    dependsOn: (service) => LINE[service] ?? [],
    source: { kind: 'named' },
  })
const refused = (change: Partial<z.input<typeof planWish>>) => {
  const spec = made(change)
  return 'rejected' in spec ? `${spec.code}: ${spec.message} ${spec.remedy}` : 'accepted'
}

describe('a plan', () => {
  it('goes in the order of dependencies, and everybody is in a group', () => {
    const spec = made()
    assert.ok(!('rejected' in spec))
    assert.deepEqual(
      spec.items.map(({ service, after }) => [service, ...after]),
      [['db'], ['api', 'db'], ['web', 'api']],
    )
    assert.deepEqual(spec.groups, [
      { name: 'rest', services: ['web', 'api', 'db'], onFailure: 'halt', minOk: 0, maxFail: 0 },
    ])
  })

  it('goes as it is told where dependencies are left aside', () => {
    const own = [{ service: 'db', after: ['web'] }, { service: 'web' }, { service: 'api' }]
    const spec = made({ items: own, order: 'explicit' })
    assert.ok(!('rejected' in spec))
    assert.deepEqual(
      spec.items.map(({ service }) => service),
      ['api', 'web', 'db'],
    )
  })

  it('bears failures by how many must succeed, unless it says how many', () => {
    const spec = made({
      groups: [
        { name: 'a', services: ['web', 'api'], minOk: 1 },
        { name: 'b', services: ['db'], maxFail: 1, onFailure: 'continue' },
      ],
    })
    assert.ok(!('rejected' in spec))
    assert.deepEqual(
      spec.groups.map(({ minOk, maxFail, onFailure }) => [minOk, maxFail, onFailure]),
      [
        [1, 2, 'halt'],
        [0, 1, 'continue'],
      ],
    )
  })

  it('that has no order, or names what is not in it, is refused with its place', () => {
    const back = [{ service: 'db', after: ['web'] }, { service: 'web' }, { service: 'api' }]
    assert.match(refused({ items: back }), /^plan.cycle: There is no order: api → web → db → api/)
    assert.match(refused({ items: [...items, { service: 'db' }] }), /^plan.duplicate-service: db/)
    const stray = [...items.slice(1), { service: 'web', after: ['apo'] }]
    assert.match(refused({ items: stray }), /^plan.not-in-plan: apo .* Did you mean api\?/)
    const group = (services: string[], more = {}) => ({ name: 'a', services, ...more })
    assert.match(refused({ groups: [group(['db']), group(['api'])] }), /^plan.bad-group: Two/)
    assert.match(refused({ groups: [group(['db', 'db'])] }), /^plan.bad-group: db is in two/)
    assert.match(refused({ groups: [group(['db'], { minOk: 2 })] }), /^plan.bad-group: 2 must/)
    assert.match(refused({ groups: [{ name: 'rest', services: ['db'] }] }), /^plan.bad-group: No/)
  })
})
