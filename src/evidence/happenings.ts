/**
 * One line for what matters to somebody who asks "what changed?": deployments, holds, freezes,
 * incidents, policies, releases. Everything else is in the streams, for who looks closer.
 */
import type { RepositoryEvent, ServiceEvent } from '#catalog/events.ts'
import type { PolicyEvent, WaiverEvent } from '#gates/events.ts'
import type { RecordEvent } from '#gates/events/records.ts'
import type { IncidentEvent, ReviewEvent } from '#operations/events.ts'
import type { RunEvent } from '#pipelines/events.ts'
import type { CaseEvent } from '#pipelines/events/tests.ts'
import type { FreezeEvent, ReleaseEvent, WindowEvent } from '#releases/events.ts'
import type { DeploymentEvent, PromotionEvent, SlotEvent } from '#rollouts/events.ts'
import type { FlagEvent, FlagRules } from '#rollouts/events/flags.ts'
import type { EmergencyEvent } from '#rollouts/events/emergency.ts'
import type { TrainEvent } from '#rollouts/events/trains.ts'

export type Telling =
  | ServiceEvent
  | RepositoryEvent
  | PolicyEvent
  | WaiverEvent
  | IncidentEvent
  | RunEvent
  | CaseEvent
  | FreezeEvent
  | WindowEvent
  | ReleaseEvent
  | DeploymentEvent
  | PromotionEvent
  | SlotEvent
  | TrainEvent
  | FlagEvent
  | EmergencyEvent
  | ReviewEvent
  | RecordEvent

export interface Happening {
  readonly text: string
  readonly service?: string
  /** Left out: it concerns every environment. */
  readonly environment?: string
  readonly tone: 'good' | 'bad' | 'plain'
}

const short = (sha: string) => sha.slice(0, 8)

/** Undefined: not worth a line. */
export function happeningOf(event: Telling): Happening | undefined {
  switch (event.type) {
    case 'service.registered':
      return plain(`${event.spec.name} registered, tier ${event.spec.tier}`, event.spec.name)
    case 'service.changed':
      return plain(`${event.spec.name} changed by its manifest`, event.spec.name)
    case 'policy.applied':
      return { text: `Policy ${event.document.name} applied`, tone: 'plain' }
    case 'run.finished':
      return {
        text: `Run of ${event.service} at ${short(event.sha)} ${event.outcome}`,
        service: event.service,
        tone: event.outcome === 'failed' ? 'bad' : 'plain',
      }
    case 'run.refused':
      return { text: `Pipeline of ${event.service} refused`, service: event.service, tone: 'bad' }
    case 'case.quarantined':
    case 'case.quarantineEnded':
      return quarantineOf(event)
    case 'release.created':
      return {
        text: `${event.service} ${event.version} released`,
        service: event.service,
        tone: 'good',
      }
    case 'release.vetoed':
      return {
        text: `${event.service} ${event.version} vetoed: ${event.reason}`,
        service: event.service,
        tone: 'bad',
      }
    case 'waiver.approved':
      return { text: 'Waiver approved', tone: 'plain' }
    case 'freeze.declared':
      return { text: `Freeze ${event.freeze}: ${event.reason}`, tone: 'plain' }
    case 'freeze.lifted':
      return { text: `Freeze ${event.freeze} lifted: ${event.reason}`, tone: 'plain' }
    case 'window.applied':
      return { text: `Window ${event.window} applied`, tone: 'plain' }
    case 'window.withdrawn':
      return { text: `Window ${event.window} withdrawn: ${event.reason}`, tone: 'plain' }
    case 'incident.opened':
      return { ...placeOf(event), text: `Incident: ${event.title}`, tone: 'bad' }
    case 'incident.mitigated':
      return { ...placeOf(event), text: `Incident mitigated: ${event.how}`, tone: 'good' }
    case 'emergency.started':
    case 'emergency.ended':
    case 'emergency.lateJudged':
    case 'review.done':
      return emergencyOf(event)
    case 'train.departed': {
      const { boards, leftBehind } = event
      const text = `Train ${event.train} left with ${boards.length}, without ${leftBehind.length}`
      return { text, tone: 'plain' }
    }
    case 'train.missed':
      return { text: `Train ${event.train} missed its departure: ${event.reason}`, tone: 'bad' }
    case 'flag.changed':
    case 'flag.stepped': {
      const what = `flag ${event.flag}: ${sharesText(event.rules)}`
      const text =
        event.type === 'flag.stepped' ? `${what}, by its ramp` : `${what} (${event.reason})`
      return { ...placeOf(event), text, tone: 'plain' }
    }
    case 'flag.killed':
      return { ...placeOf(event), text: `flag ${event.flag} killed: ${event.reason}`, tone: 'bad' }
    default:
      return movement(event)
  }
}

function recordedElsewhere(event: RecordEvent): Happening {
  const { service } = event
  switch (event.type) {
    case 'record.checkReceived': {
      const { check, outcome, job, artifact, commit } = event
      const what = commit?.slice(0, 8) ?? artifact?.slice(0, 19)
      const text = `${check} of ${service} at ${what} ${outcome}, recorded from ${job}`
      return { text, service, tone: outcome === 'failed' ? 'bad' : 'plain' }
    }
    case 'record.unansweredReceived':
      return {
        ...placeOf(event),
        text: `${service} went ahead without an answer (${event.policy})`,
        tone: 'bad',
      }
    case 'record.reviewed':
      return { ...placeOf(event), text: `Reviewed: ${event.note}`, tone: 'good' }
  }
}

type OfQuarantine = 'case.quarantined' | 'case.quarantineEnded'

function quarantineOf(event: Extract<Telling, { type: OfQuarantine }>): Happening {
  const { case: name, service } = event
  if (event.type === 'case.quarantined')
    return plain(`Test quarantined for ${event.owner}: ${name}`, service)
  const tone = event.why === 'fixed' ? 'good' : 'plain'
  return { text: `Quarantine of a test ended (${event.why}): ${name}`, service, tone }
}

type OfEmergency = 'emergency.started' | 'emergency.ended' | 'emergency.lateJudged' | 'review.done'

function emergencyOf(event: Extract<Telling, { type: OfEmergency }>): Happening | undefined {
  const place = placeOf(event)
  switch (event.type) {
    case 'emergency.started': {
      const until = new Date(event.endsAt).toISOString().slice(11, 16)
      return { ...place, text: `Emergency of ${event.service} until ${until}Z`, tone: 'bad' }
    }
    case 'emergency.ended':
      return { ...place, text: `Emergency ended: ${event.reason}`, tone: 'plain' }
    case 'emergency.lateJudged': {
      const failed = event.checks.filter(({ state }) => state === 'failed')
      if (failed.length === 0) return { ...place, text: 'Late checks passed', tone: 'good' }
      const names = failed.map(({ name }) => name).join(', ')
      return { ...place, text: `Late checks failed: ${names}`, tone: 'bad' }
    }
    case 'review.done':
      return { ...place, text: `Emergency reviewed by ${event.reviewers.join(', ')}`, tone: 'good' }
  }
}

type Movement = DeploymentEvent | PromotionEvent | SlotEvent

function movement(event: Telling): Happening | undefined {
  if (event.type.startsWith('record.')) return recordedElsewhere(event as RecordEvent)
  switch (event.type as Movement['type']) {
    case 'deployment.started': {
      const e = event as Extract<DeploymentEvent, { type: 'deployment.started' }>
      const what = e.kind === 'rollback' ? 'rollback to' : 'deployment of'
      return { ...placeOf(e), text: `${what} ${e.service} ${e.version} started`, tone: 'plain' }
    }
    case 'deployment.finished': {
      const e = event as Extract<DeploymentEvent, { type: 'deployment.finished' }>
      const good = e.outcome === 'succeeded'
      const why = good ? '' : `: ${e.reason}`
      const text = `${e.service} ${e.version} ${good ? 'deployed' : wordsOf(e.outcome)}${why}`
      return { ...placeOf(e), text, tone: good ? 'good' : 'bad' }
    }
    case 'deployment.paused':
    case 'deployment.abortRequested':
      return stoppedOf(event as Stop)
    case 'deployment.noReturnPassed': {
      const e = event as Extract<DeploymentEvent, { type: 'deployment.noReturnPassed' }>
      return { ...placeOf(e), text: passedText(e), tone: 'bad' }
    }
    case 'release.validated': {
      const e = event as Extract<SlotEvent, { type: 'release.validated' }>
      return { ...placeOf(e), text: `${e.service} ${e.deployed.version} validated`, tone: 'good' }
    }
    case 'slot.held': {
      const e = event as Extract<SlotEvent, { type: 'slot.held' }>
      return { ...placeOf(e), text: `${e.service} held: ${e.reason}`, tone: 'bad' }
    }
    case 'delivery.stalled': {
      const e = event as Extract<SlotEvent, { type: 'delivery.stalled' }>
      const { version, sha, subject } = e.oldest
      const waits = `${version} (${sha.slice(0, 8)} ${subject}) waits: ${e.why.message}`
      return { ...placeOf(e), text: `${e.service} delivery stalled: ${waits}`, tone: 'bad' }
    }
    case 'delivery.moved': {
      const e = event as Extract<SlotEvent, { type: 'delivery.moved' }>
      return { ...placeOf(e), text: `${e.service} delivery moves again`, tone: 'good' }
    }
    case 'slot.resumed': {
      const e = event as Extract<SlotEvent, { type: 'slot.resumed' }>
      return { ...placeOf(e), text: `${e.service} resumed: ${e.reason}`, tone: 'plain' }
    }
    case 'promotion.environmentSkipped': {
      const e = event as Extract<PromotionEvent, { type: 'promotion.environmentSkipped' }>
      const text = `${e.service} ${e.version} skips it on its way to ${e.into}: ${e.reason}`
      return { ...placeOf(e), text, tone: 'bad' }
    }
    case 'promotion.ended': {
      const e = event as Extract<PromotionEvent, { type: 'promotion.ended' }>
      // A deployment tells its own end; these never became one.
      const alone = ['superseded', 'rejected', 'expired', 'cancelled'].includes(e.outcome)
      if (!alone) return undefined
      return { ...placeOf(e), text: `promotion ${e.outcome}: ${e.reason}`, tone: 'plain' }
    }
    default:
      return undefined
  }
}

type Stop = Extract<DeploymentEvent, { type: 'deployment.paused' | 'deployment.abortRequested' }>

function stoppedOf(event: Stop): Happening | undefined {
  const { stands, by, reason } = event
  if (stands === undefined) return undefined
  const what = `${stands.service} ${stands.version}`
  if (event.type === 'deployment.paused') {
    const who = by === 'system' ? 'and asks a person' : `by ${by}`
    const text = `${what} stands still at ${stands.weight} %, ${who}: ${reason}`
    return { ...placeOf(stands), text, tone: by === 'system' ? 'bad' : 'plain' }
  }
  // What stops it by itself is told with its end; a person is not named there.
  if (event.cause !== 'person') return undefined
  const text = `${what} aborted at ${stands.weight} % by ${by}: ${reason}`
  return { ...placeOf(stands), text, tone: 'bad' }
}

/** The worst step says it, and who answers for it. */
function passedText(
  event: Extract<DeploymentEvent, { type: 'deployment.noReturnPassed' }>,
): string {
  const { service, version, noReturn, accepted } = event
  const [worst] = noReturn.steps
  const what = worst === undefined ? '' : ` (${worst.statement || worst.reason})`
  return `${service} passed a point of no return with ${version}${what}: accepted by ${accepted.by}`
}

const plain = (text: string, service: string): Happening => ({ text, service, tone: 'plain' })

const placeOf = (event: { readonly service: string; readonly environment: string }) => ({
  service: event.service,
  environment: event.environment,
})

/** `on 10 %`: what is not told goes to the default. */
function sharesText({ shares, targeting }: FlagRules): string {
  const parts = Object.entries(shares).map(([variant, share]) => `${variant} ${share} %`)
  const aimed = targeting.length === 0 ? [] : [`${targeting.length} targeted`]
  return [...parts, ...aimed].join(', ') || 'the default for all'
}

/** `rolledBack` as people say it. */
function wordsOf(outcome: string): string {
  return outcome.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
