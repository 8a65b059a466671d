/** What a runner relies upon wherever the commands of its jobs run. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Execution, Executor, Listener } from '../../src/runner/executors/execution.ts'
import type { JobResources } from '../../src/pipelines/events.ts'

export interface ExecutorPlace {
  readonly executor: Executor
  /** Where commands run, seen from here; a job may write to it. */
  readonly folder: string
  /** A fresh folder for the state of one command. */
  makeState(): string
  /** Makes an empty file where commands run; absent: that folder is this one. */
  tell?(name: string): Promise<unknown>
}
export interface ExecutorHost {
  /** A reason why it cannot be tried here. */
  readonly skip?: string | false
  readonly hasBounds: boolean
  /** Its commands end with the process that started them. */
  readonly isForgetful?: boolean
  place(about?: { readonly resources?: JobResources }): ExecutorPlace | Promise<ExecutorPlace>
}

const ENV = { PATH: '/usr/bin:/bin', GREETING: 'hi' }
const PATIENCE_MS = 20_000

export function executorContract(name: string, host: ExecutorHost): void {
  const its = (what: string, work: () => Promise<void>) =>
    void test(`${name}: ${what}`, { skip: host.skip ?? false, timeout: 60_000 }, work)

  its('a command runs in its folder with its environment, and ends with its code', async () => {
    const place = await host.place()
    writeFileSync(join(place.folder, 'a.txt'), 'content\n')
    const heard = listen()
    const line = 'cat a.txt; echo "$GREETING"; pwd; : > made; exit 7'
    const execution = await start(place, line, heard)
    assert.equal((await execution.ended).exitCode, 7)
    await finish(execution)
    assert.equal(heard.text(), `content\nhi\n${place.folder}\n`)
    assert.ok(readdirSync(place.folder).includes('made'))
  })

  its('both outputs come in their order, byte for byte', async () => {
    const place = await host.place()
    const heard = listen()
    const line = 'for i in $(seq 50); do echo out $i; echo err $i >&2; done; echo x > /dev/stderr'
    const execution = await start(place, `${line}; printf '\\377\\000\\r'`, heard)
    assert.equal((await execution.ended).exitCode, 0)
    await finish(execution)
    const expected = Array.from({ length: 50 }, (_, i) => `out ${i + 1}\nerr ${i + 1}\n`).join('')
    const tail = Buffer.from([255, 0, 13])
    assert.deepEqual(heard.bytes(), Buffer.concat([Buffer.from(`${expected}x\n`), tail]))
  })

  its('asked to end, a command may put its affairs in order', async () => {
    const place = await host.place()
    const heard = listen()
    const line = 'trap "echo tidied; exit 5" TERM; echo up; while :; do sleep 0.05; done'
    const execution = await start(place, line, heard)
    await heard.has('up')
    await execution.terminate()
    assert.equal((await execution.ended).exitCode, 5)
    await finish(execution)
    assert.match(heard.text(), /up\n(Terminated\n)?tidied\n/)
  })

  its('killed, a command leaves nothing, whatever its children did', async () => {
    const place = await host.place()
    const heard = listen()
    const line = `trap '' TERM
      setsid sh -c 'trap "" TERM; while :; do echo tick >> ticks; sleep 0.05; done' &
      echo up; while :; do sleep 0.05; done`
    const execution = await start(place, line, heard)
    await heard.has('up')
    await execution.terminate()
    assert.equal(await execution.isRunning(), true)
    assert.equal(await execution.kill(), true)
    await execution.drain()
    assert.equal(await Promise.resolve(execution.isRunning()).catch(() => false), false)
    execution.close()
  })

  test(
    `${name}: what takes more memory than it may is killed`,
    { skip: host.skip || !host.hasBounds, timeout: 60_000 },
    async () => {
      const place = await host.place({ resources: { memoryBytes: 32 * 1024 * 1024 } })
      const line = 'x=$(head -c 200000000 /dev/zero | tr "\\0" x); echo survived'
      const heard = listen()
      const execution = await start(place, line, heard)
      assert.notEqual((await execution.ended).exitCode, 0)
      await finish(execution)
      assert.ok(!heard.text().includes('survived'))
    },
  )

  if (host.isForgetful === true) return

  its('a command found again is heard from its first byte, and its end too', async () => {
    const place = await host.place()
    const state = place.makeState()
    const first = listen()
    const line = 'echo one; while ! [ -e go ]; do sleep 0.02; done; echo two; exit 3'
    const before = await start(place, line, first, state)
    await first.has('one')
    before.close()
    const again = listen()
    const execution = await place.executor.adopt(state, again.listener)
    await again.has('one')
    if (place.tell === undefined) writeFileSync(join(place.folder, 'go'), '')
    else await place.tell('go')
    assert.equal((await execution.ended).exitCode, 3)
    await finish(execution)
    assert.equal(again.text(), 'one\ntwo\n')
  })

  its('a command that ended unheard is told all the same', async () => {
    const place = await host.place()
    const state = place.makeState()
    const execution = await start(place, 'echo alone; exit 4', listen(), state)
    await execution.ended
    execution.close()
    const again = listen()
    const found = await place.executor.adopt(state, again.listener)
    assert.equal((await found.ended).exitCode, 4)
    await finish(found)
    assert.equal(again.text(), 'alone\n')
  })
}

function start(
  place: ExecutorPlace,
  line: string,
  heard: ReturnType<typeof listen>,
  state = place.makeState(),
): Promise<Execution> {
  mkdirSync(state, { recursive: true })
  return place.executor.start({ line, env: ENV, state }, heard.listener)
}

async function finish(execution: Execution): Promise<void> {
  assert.equal(await execution.kill(), true)
  await execution.drain()
  execution.close()
}

function listen() {
  const chunks: Buffer[] = []
  const text = () => Buffer.concat(chunks).toString()
  const listener: Listener = {
    onOutput: (chunk) => void chunks.push(Buffer.from(chunk)),
    onSign: () => {},
    onCut: () => {},
  }
  return {
    listener,
    text,
    bytes: () => Buffer.concat(chunks),
    async has(part: string) {
      const until = performance.now() + PATIENCE_MS
      while (!text().includes(part)) {
        assert.ok(performance.now() < until, `never heard: ${part}`)
        await delay(10)
      }
    },
  }
}
