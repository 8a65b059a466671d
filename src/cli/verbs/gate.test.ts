import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { law } from '../../../test/support/law.ts'
import { whyClosed } from './gate.ts'

const known = fc.record({
  policy: fc.constant('built-in tier-2/production'),
  sourceDown: fc.constantFrom('open', 'closed'),
  notYet: fc.option(fc.constantFrom('1.0.0', '1.1.0')),
})
const asked = fc.option(fc.constantFrom('1.0.0', '1.1.0'), { nil: undefined })

law(
  'S20',
  'a gate that nobody answers opens by a known word alone, and not for a release that was refused',
  fc.property(fc.option(known, { nil: undefined }), asked, (last, release) => {
    const isOpen = whyClosed(last, release) === undefined
    const isRefused = release !== undefined && last?.notYet === release
    assert.equal(isOpen, last?.sourceDown === 'open' && !isRefused)
  }),
)

test('a gate that is closed says why', () => {
  const row = { policy: 'built-in tier-1/production', notYet: null } as const
  assert.match(whyClosed(undefined, '1.0.0') ?? '', /not known here/)
  assert.match(whyClosed({ ...row, sourceDown: 'closed' }, '1.0.0') ?? '', /tier-1.*closed/)
  const refused = { ...row, sourceDown: 'open', notYet: '1.0.0' } as const
  assert.match(whyClosed(refused, '1.0.0') ?? '', /1\.0\.0 may not go, or not yet/)
})
