/**
 * The history as an outsider keeps it: folded from the recorded events alone, by code that shares
 * nothing with the deciders and views it is to judge. Instants are the database's, which no
 * server's clock can bend.
 */
import type { ActorEvent } from '#access/events.ts'
import type { EnvironmentEvent, ServiceEvent } from '#catalog/events.ts'
import type { RecordEvent, RecorderEvent } from '#gates/events/records.ts'
import type { IncidentEvent, ReviewEvent } from '#operations/events.ts'
import type { FreezeEvent, ReleaseEvent } from '#releases/events.ts'
import type { DeploymentEvent, PromotionEvent, SlotEvent, Verdict } from '#rollouts/events.ts'
import type { EmergencyEvent } from '#rollouts/events/emergency.ts'
import type { FlagEvent } from '#rollouts/events/flags.ts'
import type { NoReturn } from '#rollouts/events/no-return.ts'
import { EmergencyBooks } from './emergency-book.ts'
import { FlagBooks } from './flag-book.ts'
import { tierOf } from './setting.ts'

export type AnyEvent =
  | ActorEvent
  | EnvironmentEvent
  | ServiceEvent
  | FreezeEvent
  | ReleaseEvent
  | DeploymentEvent
  | PromotionEvent
  | SlotEvent
  | FlagEvent
  | EmergencyEvent
  | ReviewEvent
  | RecordEvent
  | RecorderEvent
  | IncidentEvent

type Of<E, Type> = Extract<E, { readonly type: Type }>

/** One event, and what was known when whoever said it began. */
export interface Said<E = AnyEvent> {
  readonly pos: number
  /** `promotion`, `slot`, …, and the thing's id. */
  readonly kind: string
  readonly id: string
  readonly event: E
  readonly recordedAt: number
  /** The last event that was on record when the turn or the command began. */
  readonly since: number
}

export interface SlotBook {
  readonly id: string
  readonly service: string
  readonly environment: string
  fence: number
  holder?: string | undefined
  hold?: { readonly pos: number; readonly bad?: string | undefined } | undefined
  /** When the last hold was lifted. */
  resumedAt?: number
  settled?: string | undefined
  settledRelease?: string | undefined
  /** Releases that ever were. */
  readonly validated: Set<string>
  /** Who was given which fence. */
  readonly fences: Map<number, string>
  readonly released: Set<number>
  /** Releases whose instances were ready there once: their migrations ran. */
  readonly applied: Set<string>
  /** Automatic rollbacks. */
  readonly undoneAt: number[]
}

export interface DeploymentBook {
  readonly start: Of<DeploymentEvent, 'deployment.started'>
  readonly pos: number
  readonly startedAt: number
  fullAt?: number
  /** Somebody said: go on now. */
  hurriedBy?: string
  smoked: boolean
  exposedAt?: number
  abort?: { readonly by: string; readonly cause: string; readonly at: number }
  restoredAt?: number
  isPaused: boolean
  outcome?: string
  finishedAt?: number
  /** The last event that was no mere measurement. */
  movedAt: number
}

export interface PromotionBook {
  readonly plan: Of<PromotionEvent, 'promotion.planned'>
  planHash: string
  rule: Of<PromotionEvent, 'promotion.planned'>['approvals']
  /** By person: what they signed, and when by whose clock it was stamped. */
  readonly approvals: Map<string, { readonly planHash: string; readonly at: number }>
  /** Since when, on record, this very plan is before people. */
  askedAt: number
  verdict?: Verdict
  judgedAt?: number
  deployment?: string
  outcome?: string
  /** What of it nobody can undo, as it is planned now. */
  noReturn: NoReturn | undefined
  acceptance?: { readonly by: string; readonly planHash: string; readonly at: number } | undefined
  readonly plannedAt: number
}

export interface ReleaseBook {
  readonly release: string
  readonly service: string
  readonly artifact: string
  readonly version: string
  readonly previous?: string | undefined
  readonly emails: ReadonlySet<string>
  /** Environment, or `*`, to the event that said so. */
  readonly vetoes: Map<string, number>
  /** Its migrations take away what older ones may need. */
  readonly takes: boolean
}

export interface FreezeBook {
  readonly environments: readonly string[]
  readonly services: readonly string[]
  readonly startsAt: number
  readonly declaredAt: number
  readonly endsAt: number
  /** It blocks rollbacks too. */
  readonly isHard: boolean
  liftedAt?: number
}

export class Ledger {
  readonly slots = new Map<string, SlotBook>()
  readonly deployments = new Map<string, DeploymentBook>()
  readonly promotions = new Map<string, PromotionBook>()
  readonly releases = new Map<string, ReleaseBook>()
  readonly freezes = new Map<string, FreezeBook>()
  readonly flags = new FlagBooks()
  readonly emergencies = new EmergencyBooks()
  readonly services = new Map<string, Of<ServiceEvent, 'service.registered'>['spec']>()
  readonly people = new Map<
    string,
    Pick<Of<ActorEvent, 'actor.changed'>, 'emails' | 'roles' | 'teams'>
  >()
  /** Of services, oldest first. */
  readonly lines = new Map<string, string[]>()
  /** Only what is not over: what is asked again and again. */
  readonly waiting = new Set<string>()
  readonly moving = new Set<string>()
  pos = 0

  slotOf(at: { readonly service: string; readonly environment: string }): SlotBook | undefined {
    return this.slots.get(`${at.environment}/${at.service}`)
  }

  isVetoed(release: string, environment: string): boolean {
    const vetoes = this.releases.get(release)?.vetoes
    return vetoes !== undefined && (vetoes.has('*') || vetoes.has(environment))
  }

  /** It goes by the rights of an emergency. */
  isEmergency({ promotion }: { readonly promotion?: string | undefined }): boolean {
    return this.promotions.get(promotion ?? '')?.plan.plan.priority === 'emergency'
  }

  /** Covering the slot at that instant. */
  freezesOf(
    { service, environment }: { readonly service: string; readonly environment: string },
    now: number,
  ): FreezeBook[] {
    const has = (names: readonly string[], name: string) =>
      names.includes('*') || names.includes(name)
    return [...this.freezes.values()].filter(
      (freeze) =>
        has(freeze.environments, environment) &&
        has(freeze.services, service) &&
        // Tier 3 stops for hard freezes, and for those that name it.
        (tierOf(service) < 3 || freeze.isHard || freeze.services.includes(service)) &&
        freeze.startsAt <= now &&
        now < (freeze.liftedAt ?? freeze.endsAt),
    )
  }

  /** Git identities in (after..upTo] of the service's line. */
  handsIn(after: string | undefined, upTo: string): ReadonlySet<string> {
    const emails = new Set<string>()
    for (let at: string | undefined = upTo; at !== undefined && at !== after;) {
      const release = this.releases.get(at)
      for (const email of release?.emails ?? []) emails.add(email)
      at = release?.previous
    }
    return emails
  }

  fold({ pos, kind, id, event, recordedAt }: Said): void {
    this.pos = pos
    if (kind === 'slot') this.#slot(id, event as SlotEvent, pos, recordedAt)
    else if (kind === 'deployment') this.#deployment(id, event as DeploymentEvent, pos, recordedAt)
    else if (kind === 'promotion') this.#promotion(id, event as PromotionEvent, recordedAt)
    else if (kind === 'release') this.#release(id, event as ReleaseEvent, pos)
    else if (kind === 'freeze') this.#freeze(id, event as FreezeEvent, recordedAt)
    else if (kind === 'flag') this.flags.fold(event as FlagEvent, recordedAt)
    else if (kind === 'emergency')
      this.emergencies.emergency(id, event as EmergencyEvent, recordedAt)
    else if (kind === 'review') this.emergencies.review(id, event as ReviewEvent, recordedAt)
    else if (kind === 'record') this.emergencies.record(event as RecordEvent, recordedAt)
    else if (kind === 'service') this.services.set(id, (event as ServiceEvent).spec)
    else if (kind === 'actor' && 'roles' in event)
      this.people.set(id, { emails: event.emails, roles: event.roles, teams: event.teams })
  }

  #slot(id: string, event: SlotEvent, pos: number, at: number): void {
    if (event.type === 'slot.opened') {
      const { service, environment } = event
      const book = { id, service, environment, fence: 0, undoneAt: [] }
      const seen = { released: new Set<number>(), validated: new Set<string>() }
      const applied = new Set<string>()
      this.slots.set(id, { ...book, ...seen, applied, fences: new Map() })
      return
    }
    const slot = this.slots.get(id)
    if (slot === undefined) return
    switch (event.type) {
      case 'slot.acquired':
        slot.fence = event.fence
        slot.holder = event.deployment
        slot.fences.set(event.fence, event.deployment)
        return
      case 'slot.released':
        slot.holder = undefined
        slot.released.add(event.fence)
        if (this.deployments.get(event.deployment)?.outcome === 'rolledBack') slot.undoneAt.push(at)
        return
      case 'slot.settled':
        slot.settled = event.deployed?.deployment
        slot.settledRelease = event.deployed?.release
        return
      case 'slot.held':
        slot.hold = { pos, bad: event.badRelease }
        return
      case 'slot.resumed':
        slot.hold = undefined
        slot.resumedAt = at
        return
      case 'release.validated':
        slot.validated.add(event.deployed.release)
    }
  }

  #deployment(id: string, event: DeploymentEvent, pos: number, at: number): void {
    if (event.type === 'deployment.started') {
      const since = { pos, startedAt: at, movedAt: at }
      this.deployments.set(id, { start: event, ...since, smoked: false, isPaused: false })
      this.moving.add(id)
      if (this.isEmergency(event)) this.emergencies.unwritten.set(event.promotion ?? '', at)
      return
    }
    const book = this.deployments.get(id)
    if (book === undefined) return
    if (event.type !== 'deployment.measured') book.movedAt = at
    switch (event.type) {
      case 'deployment.weightSet':
        book.exposedAt ??= at
        if (event.weight === 100) book.fullAt ??= at
        return
      case 'deployment.advanced':
        book.isPaused = false
        if (book.fullAt !== undefined) book.hurriedBy = event.by
        return
      case 'deployment.paused':
        book.isPaused = true
        return
      case 'deployment.resumed':
        book.isPaused = false
        return
      case 'deployment.abortRequested':
        book.abort ??= { by: event.by, cause: event.cause, at }
        return
      case 'deployment.trafficRestored':
        book.restoredAt ??= at
        return
      case 'deployment.smokeTested':
        book.smoked = event.passed
        return
      case 'deployment.finished':
        book.outcome = event.outcome
        book.finishedAt = at
        this.moving.delete(id)
        return
      case 'deployment.batchBegun':
      case 'deployment.batchUndone':
      case 'deployment.instancesReady':
        this.slotOf(book.start)?.applied.add(book.start.release)
        return
      case 'deployment.previewTested':
      case 'deployment.measured':
    }
  }

  #promotion(id: string, event: PromotionEvent, at: number): void {
    if (event.type === 'promotion.planned') {
      const { planHash, approvals: rule } = event
      const since = { askedAt: at, plannedAt: at, noReturn: event.plan.noReturn }
      this.promotions.set(id, { plan: event, planHash, rule, approvals: new Map(), ...since })
      this.waiting.add(id)
      return
    }
    const book = this.promotions.get(id)
    if (book === undefined) return
    switch (event.type) {
      case 'promotion.replanned':
        if (event.planHash !== book.planHash) book.askedAt = at
        book.planHash = event.planHash
        book.rule = event.approvals
        book.noReturn = event.plan.noReturn
        return
      case 'promotion.noReturnAccepted':
        book.acceptance = { by: event.by, planHash: event.planHash, at: event.at }
        return
      case 'promotion.noReturnVoided':
        book.acceptance = undefined
        return
      case 'promotion.approved':
        book.approvals.set(event.by, { planHash: event.planHash, at: event.at })
        return
      case 'promotion.approvalVoided':
        book.approvals.delete(event.approver)
        return
      case 'promotion.judged':
        book.verdict = event.verdict
        book.judgedAt = at
        return
      case 'promotion.started':
        book.deployment = event.deployment
        this.waiting.delete(id)
        return
      case 'promotion.ended':
        book.outcome = event.outcome
        this.waiting.delete(id)
        return
      case 'promotion.rejected':
    }
  }

  #release(id: string, event: ReleaseEvent, pos: number): void {
    if (event.type === 'release.created') {
      const { service, artifact, version, previous, commits } = event
      const hands = commits.flatMap(({ author, committer, coAuthors }) => [
        author,
        committer,
        ...coAuthors,
      ])
      const emails = new Set(hands.map(({ email }) => email))
      const { contract = 0, irreversible = 0 } = event.schema?.counts ?? {}
      const takes = contract + irreversible > 0
      const known = { release: id, service, artifact, version, emails, takes }
      this.releases.set(id, { ...known, previous: previous?.release, vetoes: new Map() })
      this.lines.set(service, [...(this.lines.get(service) ?? []), id])
    }
    const vetoes = this.releases.get(id)?.vetoes
    if (event.type === 'release.vetoed') vetoes?.set(event.environment ?? '*', pos)
    if (event.type === 'release.unvetoed') vetoes?.delete(event.environment ?? '*')
  }

  #freeze(id: string, event: FreezeEvent, at: number): void {
    if (event.type === 'freeze.lifted') {
      const freeze = this.freezes.get(id)
      if (freeze !== undefined) freeze.liftedAt = at
      return
    }
    const { environments, services, startsAt, endsAt, hard } = event
    const span = { startsAt, endsAt, declaredAt: at }
    this.freezes.set(id, { environments, services, ...span, isHard: hard !== undefined })
  }
}
