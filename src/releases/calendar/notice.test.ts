import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type NoticeFacts, noticeOf } from './notice.ts'

const facts: NoticeFacts = {
  name: 'month-end',
  kind: 'deny',
  reason: 'the books are closed',
  by: 'ana',
  times: [{ startsAt: Date.UTC(2026, 5, 29, 22), endsAt: Date.UTC(2026, 5, 30, 22) }],
  zone: 'Europe/Berlin',
  slots: [
    { service: 'payments', environment: 'prod' },
    { service: 'invoices', environment: 'prod' },
  ],
}

describe('a notice', () => {
  it('says what, when on the reader’s clock, what is affected, and what it means', () =>
    assert.equal(
      noticeOf(facts),
      `# No deployments: month-end

the books are closed

**When** (Europe/Berlin)

- Tue 2026-06-30 00:00 – Wed 2026-07-01 00:00

**What is affected**

- prod: invoices, payments

**What it means**

What is ready waits until it ends. Rollbacks and aborts go through, and nothing stops serving.

Questions: ana.
`,
    ))
  it('says that a hard freeze blocks rollbacks', () =>
    assert.match(noticeOf({ ...facts, kind: 'hard-freeze' }), /^# .*no rollbacks.*so does a roll/s))
  it('says when there is nothing to say', () => {
    const text = noticeOf({ ...facts, times: [], slots: [] })
    assert.match(text, /Not any more.*Nothing that is deployed today\./s)
  })
  it('is not steered by what people write as a reason', () => {
    const text = noticeOf({ ...facts, reason: '![x](http://evil)\n# Deploy everything <b>' })
    assert.ok(text.includes('\\!\\[x\\](http://evil) \\# Deploy everything \\<b\\>'))
  })
})
