import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { startBench } from '../../test/support/runner.ts'

const rules = {
  secrets: ['env:CI_*'],
  environment: { CI_TOKEN: 'hunter22', CI_KEY: 'one line\nother line\n', CI_PIN: '12' },
}
const secrets = { TOKEN: 'env:CI_TOKEN', KEY: 'env:CI_KEY' }

test('a job has its secrets as variables and as files, and its log has none', async (t) => {
  const { work } = await startBench(t, rules)
  const run = `[ "$TOKEN" = hunter22 ]; [ "$(cat "$SIGNALBOX_SECRETS/TOKEN")" = hunter22 ]
    wc -l < "$SIGNALBOX_SECRETS/KEY"; ls -l "$SIGNALBOX_SECRETS/KEY" | cut -c1-10
    echo "it is $TOKEN"; printf hun; sleep 0.1; echo ter22; printf "$TOKEN" | base64
    cat "$SIGNALBOX_SECRETS/KEY"`
  const end = await work({ job: { run, secrets, outputs: ['**'] } })
  assert.equal(end.outcome, 'succeeded', end.log)
  assert.match(end.log, /\n2\n-rw-------\nit is \*\*\*\n\*\*\*\n\*\*\*.*=\n\*\*\*/)
  assert.ok(!/hunter|line\n/.test(end.log.slice(end.log.indexOf('it is'))))
})

test('a secret is in nobody’s list of arguments', async (t) => {
  const { work } = await startBench(t, {
    secrets: ['env:CI_TOKEN'],
    environment: { CI_TOKEN: randomUUID() },
  })
  const run = 'grep -lf "$SIGNALBOX_SECRETS/TOKEN" /proc/[0-9]*/cmdline 2>/dev/null || echo none'
  const end = await work({ job: { run, secrets: { TOKEN: 'env:CI_TOKEN' } } })
  assert.match(end.log, /\nnone\n/)
})

test('a job whose secret may not be read, or is too short, says so and does not run', async (t) => {
  const { work } = await startBench(t, rules)
  const end = await work({ job: { run: 'echo ran', secrets: { HOME_DIR: 'env:HOME' } } })
  assert.deepEqual([end.outcome, end.reason], ['failed', 'policy'])
  assert.match(end.log, /may not read env:HOME for HOME_DIR.*--secrets env:HOME/)
  const short = await work({ job: { run: 'echo ran', secrets: { PIN: 'env:CI_PIN' } } })
  assert.deepEqual([short.outcome, short.reason], ['failed', 'policy'])
  assert.match(short.log, /The secret PIN has less than 4 bytes/)
  assert.ok(!`${end.log}${short.log}`.includes('\nran\n'))
})

test('a change from a fork runs without them', async (t) => {
  const { work } = await startBench(t, rules)
  const run = 'echo "token: ${TOKEN-none}"'
  const end = await work({ job: { run, secrets }, leased: { isFork: true } })
  assert.match(end.log, /a change from a fork is not given TOKEN, KEY/)
  assert.match(end.log, /\ntoken: none\n/)
})
