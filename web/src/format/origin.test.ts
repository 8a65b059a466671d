import assert from 'node:assert/strict'
import { it } from 'node:test'
import { systemInWords, vouchedInWords } from './origin.ts'

const origin = {
  system: 'gitlab',
  run: '5',
  attempt: 1,
  builder: 'https://gitlab.example',
} as const

it('names the system, and who signed for what', () => {
  const lab = { ...origin, issuer: 'lab', vouched: ['repository', 'run'] } as const
  assert.equal(systemInWords(lab), 'GitLab')
  assert.equal(vouchedInWords(lab), 'lab signed for its repository, run')
})
it('says when nobody did', () => {
  assert.equal(vouchedInWords({ ...origin, issuer: null, vouched: [] }), 'nobody signed for it')
})
