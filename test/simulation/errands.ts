/** What comes over the world, and when: releases, changes of mind and of rules, and bad luck. */
import { actors } from '#access/actor.ts'
import { environmentThings, services } from '#catalog/service.ts'
import { digestOf } from '#engine/ids.ts'
import { POLICY_NAME, policies } from '#gates/policy.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { freezes } from '#releases/freeze.ts'
import { releases } from '#releases/release.ts'
import type { ReleasedCommit } from '#releases/events.ts'
import type { Dice } from './dice.ts'
import { EmergencyPeople } from './emergency-people.ts'
import { FlagPeople } from './flag-people.ts'
import { Luck } from './luck.ts'
import { migrationOf } from './migrations.ts'
import { nothing, type People } from './people.ts'
import { Runner } from './runner.ts'
import { environments, PEOPLE, POLICIES, serviceSpec } from './setting.ts'
import { watch } from './watchers.ts'
import type { World } from './world.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Of one release. */
const MEDDLERS_MAX = 3
/** Who come by and look whether something waits for them. */
const APPROVERS = 4
/** Of freezes. */
const HARD_SHARE = 0.2
/** Of those that somebody wants to go back in. */
const HARD_NIGHT_SHARE = 0.5
const REASON = 'there is a sale on, and a storm'

export interface Pace {
  /** Between two releases of one service, on average. */
  readonly releaseMs: number
  /** Between two acts of people, for each service. */
  readonly actMs: number
  /** Between two strokes of bad luck, for each service. */
  readonly luckMs: number
}

export class Errands {
  readonly #world: World
  readonly #people: People
  readonly #pace: Pace
  readonly #services: number
  readonly #dice: Dice
  readonly #luck: Luck
  readonly #flags: FlagPeople
  readonly #runner: Runner
  readonly emergencies: EmergencyPeople
  readonly #migrations: Dice
  #made = 0

  constructor(world: World, people: People, services: number, pace: Pace) {
    this.#world = world
    this.#people = people
    this.#services = services
    this.#pace = pace
    this.#dice = world.dice.fork('errands')
    this.#luck = new Luck(world)
    this.#flags = new FlagPeople(world, people)
    this.#runner = new Runner(world, people)
    this.emergencies = new EmergencyPeople(world, people)
    this.#migrations = world.dice.fork('migrations')
  }

  /** The catalog as it is at first. */
  async settle(): Promise<void> {
    const { front } = this.#world
    const at = front.now()
    const by = { at, by: SYSTEM.id }
    const request = { actor: SYSTEM }
    for (const spec of environments)
      await front.engine.execute(
        environmentThings,
        spec.name,
        { type: 'environment.apply', ...by, spec },
        request,
      )
    for (const { id, ...person } of PEOPLE) await this.#register(id, person.roles)
    await this.#policy(0)
    for (let n = 0; n < this.#services; n++)
      await front.engine.execute(
        services,
        serviceSpec(n).name,
        { type: 'service.apply', ...by, spec: serviceSpec(n) },
        request,
      )
    await this.#flags.settle(this.#services)
    await this.#runner.settle()
  }

  /** Everything that comes again and again, until `end`. */
  begin(end: number): void {
    for (let n = 0; n < this.#services; n++)
      this.#again(`release ${n}`, this.#pace.releaseMs, end, () => this.#release(n))
    watch(this.#world, this.#people, (service) => {
      const all = Array.from({ length: this.#services }, (_, n) => n)
      return this.#release(all.find((n) => serviceSpec(n).name === service) ?? 0)
    })
    const { actMs, luckMs } = this.#pace
    this.#again('act', actMs / this.#services, end, () => this.#act())
    this.#again('flags', (3 * actMs) / this.#services, end, () => this.#flags.act())
    this.#again('emergency', (4 * actMs) / this.#services, end, () => this.emergencies.begin())
    this.#again('luck', luckMs / this.#services, end, () => this.#luck.strike())
  }

  #again(name: string, meanMs: number, end: number, errand: () => Promise<string>): void {
    const { time } = this.#world
    const at = time.now() + this.#dice.waitMs(meanMs)
    if (at >= end) return
    this.#world.plan(at, name, async () => {
      this.#again(name, meanMs, end, errand)
      return errand()
    })
  }

  async #release(n: number): Promise<string> {
    const { ledger } = this.#world
    const { name } = serviceSpec(n)
    const line = ledger.lines.get(name) ?? []
    const before = ledger.releases.get(line.at(-1) ?? '')
    const version = `${line.length + 1}.0.0`
    const release = `rel_${name}_${version}`
    const artifact = `sha256:${name}-${version}`
    this.#world.count(`release: ${this.#world.natureOf(artifact).kind}`)
    // While it is on its way is when it matters what people do.
    const now = this.#world.time.now()
    const about = (afterMs: number, act: () => Promise<string>) =>
      this.#world.plan(now + this.#dice.waitMs(afterMs), 'people', () =>
        this.#people.about(name, act),
      )
    for (let left = this.#dice.between(0, MEDDLERS_MAX); left > 0; left--)
      about(HOUR_MS / 2, () => this.#meddle(n, release))
    if (serviceSpec(n).tier < 2)
      for (let left = APPROVERS; left > 0; left--) about(6 * HOUR_MS, () => this.#people.approve())
    this.#runner.check(name, artifact)
    const migration = migrationOf(this.#migrations, version)
    return this.#people.wish('release', SYSTEM, ({ at, by, request }) => {
      const commits = this.#commits(at)
      const previous = before && {
        release: before.release,
        version: before.version,
        sha: before.release,
      }
      const command = {
        type: 'release.create',
        ...{ at, by, release, version, artifact, commits },
        service: name,
        tag: `v${version}`,
        repository: '/repository',
        sha: release,
        run: 'run_1',
        changelog: '',
        ...migration,
        ...(previous !== undefined && { previous }),
      } as const
      return this.#world.front.engine.execute(releases, release, command, request)
    })
  }

  #commits(at: number): ReleasedCommit[] {
    return Array.from({ length: 1 + (this.#made++ % 2) }, () => {
      const [author, committer, other] = [this.#hand(), this.#hand(), this.#hand()]
      return {
        sha: 'b'.repeat(40),
        author,
        committer,
        coAuthors: this.#dice.chance(0.3) ? [other] : [],
        committedAt: at,
        subject: 'feat: it',
        kind: 'feat',
        breaking: false,
        tickets: [],
      }
    })
  }

  #hand() {
    const writers = PEOPLE.filter(({ roles }) => roles.includes('developer'))
    const name = this.#dice.pick(writers)?.emails[0] ?? 'nobody@example.org'
    return { name, email: name }
  }

  /** In the middle of a rollout. */
  #meddle(n: number, release: string): Promise<string> {
    const acts = { interfere: 8, hold: 3, resume: 4, rollback: 4, approve: 8, promote: 4 } as const
    const more = { ...acts, veto: 2, freeze: 3, change: 2, break: 4, night: 6 } as const
    const act = this.#dice.weighted(more)
    switch (act) {
      case 'veto':
        return this.#veto(release)
      case 'freeze':
        return this.#freeze(serviceSpec(n).name, 0)
      case 'night':
        // Nothing may move, and then something has to go back.
        this.#world.plan(this.#world.time.now() + MINUTE_MS, 'night', () =>
          this.#people.about(serviceSpec(n).name, () => this.#people.rollback()),
        )
        return this.#freeze(serviceSpec(n).name, 0, '*', HARD_NIGHT_SHARE)
      case 'change':
        return this.#change(n)
      case 'break':
        return this.#luck.breakIn(serviceSpec(n).name)
      default:
        return this.#people[act]()
    }
  }

  #act(): Promise<string> {
    const people = this.#people
    const acts = {
      approve: 40,
      promote: 8,
      cancel: 1,
      hold: 2,
      resume: 10,
      rollback: 4,
      interfere: 8,
      veto: 2,
      unveto: 2,
      freeze: 2,
      lift: 2,
      policy: 1,
      service: 2,
      person: 1,
    } as const
    const act = this.#dice.weighted(acts)
    switch (act) {
      case 'veto':
        return this.#veto()
      case 'unveto':
        return this.#unveto()
      case 'freeze':
        return this.#freeze()
      case 'lift':
        return this.lift()
      case 'policy':
        return this.#policy(this.#dice.between(0, POLICIES.length - 1))
      case 'service':
        return this.#change()
      case 'person':
        return this.#promotePerson()
      default:
        return people[act]()
    }
  }

  #veto(of?: string): Promise<string> {
    const lines = [...this.#world.ledger.lines.values()]
    const release = of ?? this.#dice.pick(lines.flatMap((line) => line.slice(-3)))
    if (release === undefined) return nothing('veto')
    const place = this.#dice.pick([undefined, 'prod', 'staging', 'dev'])
    const environment = place === undefined ? {} : { environment: place }
    return this.#people.wish('veto', this.#people.anybody('operator'), ({ at, by, request }) => {
      const command = { type: 'release.veto', at, by, reason: REASON, ...environment } as const
      return this.#world.front.engine.execute(releases, release, command, request)
    })
  }

  #unveto(): Promise<string> {
    const vetoed = [...this.#world.ledger.releases.values()].filter(({ vetoes }) => vetoes.size > 0)
    const one = this.#dice.pick(vetoed)
    const place = this.#dice.pick([...(one?.vetoes.keys() ?? [])])
    if (one === undefined || place === undefined) return nothing('unveto')
    const environment = place === '*' ? {} : { environment: place }
    return this.#people.wish('unveto', this.#people.anybody('operator'), ({ at, by, request }) => {
      const command = { type: 'release.unveto', at, by, reason: REASON, ...environment } as const
      return this.#world.front.engine.execute(releases, one.release, command, request)
    })
  }

  #freeze(
    of?: string,
    delayMs = this.#dice.between(0, 2 * HOUR_MS),
    where = this.#dice.pick(['prod', 'prod', '*', 'dev']),
    hardShare = HARD_SHARE,
  ): Promise<string> {
    const name = `freeze-${this.#world.ledger.freezes.size}`
    const any = serviceSpec(this.#dice.between(0, this.#services - 1)).name
    const service = of ?? this.#dice.pick(['*', any]) ?? '*'
    const urgency = this.#dice.pick(['planned', 'immediate'] as const)
    const environment = where ?? 'prod'
    const forMs = this.#dice.waitMs(2 * HOUR_MS)
    // Somebody puts a name to it that not even a rollback is to pass.
    const hard = this.#dice.chance(hardShare) ? { hard: { owner: 'eli' } } : {}
    const person = this.#people.anybody('operator')
    return this.#people.wish('freeze', person, ({ by, at, request }) => {
      // It was typed in, by a clock on somebody's desk.
      const startsAt = at + delayMs + this.#deskOffMs()
      const scope = { environments: [environment], services: [service], urgency, ...hard }
      const span = { startsAt, endsAt: startsAt + forMs, reason: REASON }
      const command = { type: 'freeze.declare', at, by, freeze: name, ...scope, ...span } as const
      return this.#world.front.engine.execute(freezes, name, command, request)
    })
  }

  #deskOffMs(): number {
    if (!this.#dice.chance(0.3)) return 0
    this.#world.count('fault: a person’s clock was minutes off')
    return this.#dice.between(-10, 10) * MINUTE_MS
  }

  lift(): Promise<string> {
    const { ledger, time } = this.#world
    const standing = [...ledger.freezes].filter(
      ([, { liftedAt, endsAt }]) => liftedAt === undefined && time.now() < endsAt,
    )
    const name = this.#dice.pick(standing)?.[0]
    if (name === undefined) return nothing('lift')
    return this.#people.wish('lift', PEOPLE.find(({ id }) => id === 'eli') ?? SYSTEM, (asked) => {
      const { at, by, request } = asked
      const command = { type: 'freeze.lift', at, by, reason: REASON } as const
      return this.#world.front.engine.execute(freezes, name, command, request)
    })
  }

  #policy(n: number): Promise<string> {
    const document = POLICIES[n]
    if (document === undefined) return nothing('policy')
    return this.#people.wish('policy', SYSTEM, ({ at, by, request }) => {
      const digest = digestOf(document)
      const command = { type: 'policy.apply', at, by, document, digest } as const
      return this.#world.front.engine.execute(policies, POLICY_NAME, command, request)
    })
  }

  /** Another environment variable: what was approved is not what would be done any more. */
  #change(n = this.#dice.between(0, this.#services - 1)): Promise<string> {
    const spec = this.#world.ledger.services.get(serviceSpec(n).name)
    if (spec === undefined) return nothing('change')
    const { run } = spec.deploy
    const env = { LEVEL: String(this.#dice.between(1, 9)) }
    const changed = { ...spec, deploy: { ...spec.deploy, run: { ...run, env } } }
    return this.#people.wish('service', SYSTEM, ({ at, by, request }) => {
      const command = { type: 'service.apply', at, by, spec: changed } as const
      return this.#world.front.engine.execute(services, spec.name, command, request)
    })
  }

  /** Somebody may approve from now on, or may not any more. */
  #promotePerson(): Promise<string> {
    const { id } = this.#people.anybody()
    const roles = this.#world.ledger.people.get(id)?.roles ?? []
    const without = roles.filter((role) => role !== 'approver')
    if (without.length === 0) return nothing('person')
    const isOne = without.length < roles.length
    return this.#register(id, isOne ? without : [...roles, 'approver'])
  }

  #register(id: string, roles: (typeof PEOPLE)[number]['roles']): Promise<string> {
    const person = PEOPLE.find((each) => each.id === id)
    if (person === undefined) return nothing('person')
    const facts = { name: id, emails: [...person.emails], teams: [...person.teams] }
    return this.#people.wish('person', SYSTEM, ({ at, by, request }) => {
      const about = { type: 'actor.register', at, by, kind: 'person', ...facts } as const
      return this.#world.front.engine.execute(actors, id, { ...about, roles: [...roles] }, request)
    })
  }
}

export { DAY_MS, HOUR_MS, MINUTE_MS }
