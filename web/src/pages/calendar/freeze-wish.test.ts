import assert from 'node:assert/strict'
import { it } from 'node:test'
import { freezeBody as shape } from '../../../../src/releases/commands.ts'
import { freezeBody, isNamed, LASTS } from './freeze-wish.ts'

const wish = {
  name: 'winter-break',
  environment: '',
  service: 'shop',
  lasts: '1 day',
  urgency: 'immediate' as const,
}

it('is what the server takes, for every length', () => {
  for (const lasts of Object.keys(LASTS)) {
    const body = freezeBody({ ...wish, lasts }, 'we are away', 0)
    assert.equal(shape.safeParse(body).success, true)
    assert.deepEqual([body.environments, body.services], [['*'], ['shop']])
  }
})
it('wants a name that the server takes', () => {
  const names = ['winter-break', 'Winter', '', 'a b', '-a', 'a-', 'a'.repeat(61)]
  assert.deepEqual(
    names.filter((name) => isNamed({ ...wish, name })),
    ['winter-break'],
  )
  for (const name of names)
    if (isNamed({ ...wish, name }))
      assert.ok(shape.safeParse({ ...freezeBody(wish, 'x', 0), name }).success)
})
