/**
 * A machine elsewhere that runs a check on what was released, and signs what came of it by its own
 * clock. It is minutes off now and then; who comes from the future is refused, set right, and comes
 * again.
 */
import { digestOf } from '#engine/ids.ts'
import { neighboursOf, recorderNamed, signerOf } from '#gates/queries/records.ts'
import { recordId, records, type ReceiveRecord } from '#gates/record.ts'
import { recorders } from '#gates/recorder.ts'
import type { SignedRecord } from '#kernel/record.ts'
import type { Dice } from './dice.ts'
import type { People } from './people.ts'
import { RUNNER, SOAK } from './setting.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const RECORDER = digestOf('the key of the runner')
const OFF_MS_MAX = 12 * MINUTE_MS
const IS_OFF = 0.2
const PASSES = 0.85
const COMES_AT_ONCE = 0.8

export class Runner {
  readonly #world: World
  readonly #people: People
  readonly #dice: Dice
  /** The chain of what it signed. */
  #number = 1
  #previous: string | null = null

  constructor(world: World, people: People) {
    this.#world = world
    this.#people = people
    this.#dice = world.dice.fork('runner')
  }

  async settle(): Promise<void> {
    const { engine } = this.#world.front
    await this.#people.wish('recorder', RUNNER, ({ at, by, request }) => {
      const command = { type: 'recorder.register', at, by, key: 'key', name: 'runner' } as const
      return engine.execute(recorders, RECORDER, command, request)
    })
  }

  /** Within the hour, mostly; what fails is run again. */
  check(service: string, artifact: string): void {
    const meanMs = this.#dice.chance(COMES_AT_ONCE) ? HOUR_MS / 2 : 12 * HOUR_MS
    this.#later(meanMs, async () => {
      const isGood = this.#dice.chance(PASSES)
      if (!isGood) this.check(service, artifact)
      return this.#record(service, artifact, isGood)
    })
  }

  async #record(service: string, artifact: string, isGood: boolean): Promise<string> {
    const isOff = this.#dice.chance(IS_OFF)
    const offMs = isOff ? this.#dice.between(-OFF_MS_MAX, OFF_MS_MAX) : 0
    if (isOff) this.#world.count('fault: a runner’s clock was minutes off')
    const outcome = isGood ? 'succeeded' : 'failed'
    const what = { kind: 'check', service, artifact, check: SOAK, outcome, job: 'soak' } as const
    const told = await this.#upload(what, offMs)
    // Its clock was set right since.
    return told.endsWith('from-the-future') ? this.#upload(what, 0) : told
  }

  #upload(what: SignedRecord['what'], offMs: number): Promise<string> {
    const recordedAt = this.#world.time.now() + offMs
    const chain = { recorder: RECORDER, number: this.#number, previous: this.#previous }
    const record: SignedRecord = { format: 1, ...chain, recordedAt, what }
    const digest = digestOf(record)
    return this.#people.wish('check recorded', RUNNER, async ({ at, by, request }) => {
      const done = await this.#world.front.engine.execute(
        records,
        recordId(RECORDER, record.number),
        async ({ reads }): Promise<ReceiveRecord> => {
          const row = await recorderNamed(reads, RECORDER)
          const neighbours = await neighboursOf(reads, record)
          const about = { digest, record, signer: row && signerOf(row), neighbours }
          return { type: 'record.check', at, by, kind: RUNNER.kind, ...about }
        },
        request,
      )
      if (!done.rejected) {
        this.#number = record.number + 1
        this.#previous = digest
      }
      return done
    })
  }

  #later(meanMs: number, errand: () => Promise<string>): void {
    const { time } = this.#world
    this.#world.plan(time.now() + this.#dice.waitMs(meanMs), 'runner', errand)
  }
}
