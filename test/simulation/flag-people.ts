/** What people do to feature flags: they turn them up, by hand and by ramps, and kill them. */
import type { Rejection } from '#kernel/decider.ts'
import type { FlagCommand } from '#rollouts/flags/commands.ts'
import { flags } from '#rollouts/flags/flag.ts'
import { plannedRules } from '#rollouts/queries/flags.ts'
import type { Dice } from './dice.ts'
import { nothing, type People } from './people.ts'
import { environments, PEOPLE, type Person, serviceSpec } from './setting.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const REASON = 'half of them asked for it'
const WATCHED = 0.15
const ANSWERED = 0.8
/** Who comes by and looks whether a change waits for them. */
const APPROVERS = 3

const nameOf = (n: number) => `flag-${n}`

export class FlagPeople {
  readonly #world: World
  readonly #people: People
  readonly #dice: Dice
  #made = 0

  constructor(world: World, people: People) {
    this.#world = world
    this.#people = people
    this.#dice = world.dice.fork('flags')
  }

  /** Every other service has one. */
  async settle(servicesCount: number): Promise<void> {
    const admin = PEOPLE.find(({ id }) => id === 'eli') ?? this.#people.anybody()
    for (let n = 0; n < servicesCount; n += 2) {
      const variants = { on: true, off: false }
      const spec = {
        service: serviceSpec(n).name,
        description: '',
        variants,
        default: 'off',
        salt: '',
      }
      await this.#say('flag define', admin, nameOf(n), () => ({
        ...{ type: 'flag.define', flag: nameOf(n), spec, plans: [] },
      }))
    }
  }

  act(): Promise<string> {
    const act = this.#dice.weighted({ ramp: 5, set: 2, approve: 6, kill: 2, cancel: 1 })
    if (act === 'ramp' || act === 'set') return this.#plan(act === 'ramp')
    if (act === 'kill') return this.#kill()
    return act === 'approve' ? this.#approve() : this.#cancel()
  }

  async #plan(isRamp: boolean): Promise<string> {
    const { ledger, front } = this.#world
    const found = this.#dice.pick([...ledger.flags.defined])
    const environment = this.#dice.pick(['prod', 'prod', 'staging', 'dev'])
    if (found === undefined || environment === undefined) return nothing('flag')
    const [flag, service] = found
    const change = `flg_${this.#made++}`
    const everyMs = this.#dice.between(1, 120) * MINUTE_MS
    const steps = [1, 10, 25, 50, 100].slice(this.#dice.between(0, 2))
    const ramp = isRamp ? { ramp: { variant: 'on', steps, everyMs } } : {}
    const share = isRamp ? (steps[0] ?? 0) : this.#dice.between(0, 100)
    const rules = { shares: { on: share }, targeting: [] }
    const wanted = { environment, change, rules, reason: REASON, ...ramp }
    for (let left = APPROVERS; left > 0; left--) this.#later(2 * HOUR_MS, () => this.#approve())
    // Somebody sees what it does, and not at a good moment.
    if (this.#dice.chance(WATCHED)) this.#later(3 * HOUR_MS, () => this.#kill(flag, environment))
    const person = this.#people.anybody('developer')
    return this.#people.wish('flag plan', person, ({ at, by, request }) =>
      front.engine.execute(
        flags,
        flag,
        async ({ reads }): Promise<FlagCommand | Rejection> => {
          const planned = await plannedRules(reads, { flag, service }, wanted)
          return 'rejected' in planned ? planned : { type: 'flag.plan', at, by, ...planned }
        },
        request,
      ),
    )
  }

  /** Of what waits somewhere, whoever wanted it. */
  #approve(): Promise<string> {
    const place = this.#anyPlace(({ waiting }) => waiting !== undefined)
    if (place?.waiting === undefined || !this.#dice.chance(ANSWERED)) return nothing('approve')
    const { environment, waiting } = place
    // Sometimes they looked at another one.
    const planHash = this.#dice.chance(0.1) ? 'sha256:old' : waiting.planHash
    const person = this.#people.anybody('approver')
    const teams = [...person.teams]
    const said = { type: 'flag.approve', environment, planHash, kind: 'person', teams } as const
    return this.#say('flag approve', person, place.flag, () => ({ ...said, note: '' }))
  }

  #cancel(): Promise<string> {
    const place = this.#anyPlace(({ waiting }) => waiting !== undefined)
    if (place === undefined) return nothing('cancel')
    const { environment, flag } = place
    const said = { type: 'flag.cancel', environment, reason: REASON } as const
    return this.#say('flag cancel', this.#people.anybody('developer'), flag, () => said)
  }

  #kill(of?: string, where?: string): Promise<string> {
    const any = this.#anyPlace(({ ramp }) => ramp !== undefined) ?? this.#anyPlace(() => true)
    const flag = of ?? any?.flag
    const environment = where ?? any?.environment ?? this.#dice.pick(environments)?.name
    if (flag === undefined || environment === undefined) return nothing('kill')
    const person = this.#people.anybody('operator')
    const said = { type: 'flag.kill', environment, reason: REASON } as const
    return this.#say(
      'flag kill',
      person,
      flag,
      () => said,
      (code) => {
        const service = this.#world.ledger.flags.defined.get(flag) ?? ''
        this.#world.judge.refused('kill', code, { service, environment })
      },
    )
  }

  #anyPlace(isMeant: (place: FlagPlaceOf) => boolean) {
    return this.#dice.pick([...this.#world.ledger.flags.places.values()].filter(isMeant))
  }

  #later(meanMs: number, errand: () => Promise<string>): void {
    const at = this.#world.time.now() + this.#dice.waitMs(meanMs)
    this.#world.plan(at, 'flag', errand)
  }

  #say(
    name: string,
    person: Person,
    flag: string,
    what: () => Told,
    answered: (code: string | undefined) => void = () => {},
  ): Promise<string> {
    return this.#people.wish(name, person, async ({ by, at, request }) => {
      const command = { ...what(), by, at } as FlagCommand
      const done = await this.#world.front.engine.execute(flags, flag, command, request)
      answered(done.rejected ? done.code : undefined)
      return done
    })
  }
}

type FlagPlaceOf =
  World['ledger']['flags']['places'] extends Map<string, infer Place> ? Place : never
type Told = FlagCommand extends infer C ? (C extends unknown ? Omit<C, 'at' | 'by'> : never) : never
