/** Laws about what may move, and who may move it. */
import type { Ledger } from '../ledger.ts'
import { holds, type Judgement, type Law, only, type View } from './law.ts'

/** Some deployment of exactly this digest baked to its end there: at 100 %, smoked, in full. */
function hasBaked(
  { ledger, apartSince }: View,
  at: { readonly service: string; readonly environment: string },
  digest: string,
): boolean {
  return [...ledger.deployments.values()].some(({ start, ...book }) => {
    const { service, environment, artifact, plan } = start
    if (service !== at.service || environment !== at.environment || artifact !== digest)
      return false
    if (book.outcome !== 'succeeded' || book.fullAt === undefined || !book.smoked) return false
    const bakedMs = (book.finishedAt ?? 0) - book.fullAt
    // Two servers may have stamped its beginning and its end.
    return book.hurriedBy !== undefined || bakedMs >= plan.bakeMs - apartSince(book.fullAt)
  })
}

function upstreamBaked(
  view: View,
  service: string,
  environment: string,
  digest: string,
): Judgement {
  const path = view.ledger.services.get(service)?.path ?? []
  const before = path[path.indexOf(environment) - 1]
  if (before === undefined) return undefined
  const isRight = hasBaked(view, { service, environment: before }, digest)
  return holds(isRight, `${digest} entered ${environment} without a full bake in ${before}`)
}

export const fullBake: Law = {
  name: 'nothing enters the next environment without a full bake of exactly that digest',
  said(said, view) {
    const start = only(said, 'deployment.started')
    if (start === undefined || start.kind === 'rollback') return undefined
    return upstreamBaked(view, start.service, start.environment, start.artifact)
  },
  effect({ call, slot, digest = '' }, view) {
    if (call !== 'ensure') return undefined
    return upstreamBaked(view, slot.service, slot.environment, digest)
  },
}

/** A platform forgives ten seconds, and is killed now and then when they are over. */
const DOWN_MS = 20_000

export const upWhenValidated: Law = {
  name: 'nothing is called validated that is down',
  said(said, { place, now, apartSince }) {
    const validated = only(said, 'release.validated')
    if (validated === undefined) return undefined
    const { deployment } = validated.deployed
    const downMs = place.downMs(validated, deployment)
    return holds(
      downMs < DOWN_MS + apartSince(now - downMs),
      `${deployment} is validated, and down since ${downMs} ms`,
    )
  },
}

export const oneHolder: Law = {
  name: 'a slot has one holder at most, and its fences only grow',
  said(said, { ledger }) {
    const slot = ledger.slots.get(said.id)
    const acquired = only(said, 'slot.acquired')
    if (acquired !== undefined)
      return holds(
        slot !== undefined && slot.holder === undefined && acquired.fence > slot.fence,
        `${said.id} went to ${acquired.deployment} by ${acquired.fence} while ${slot?.holder} ` +
          `held it by ${slot?.fence}`,
      )
    const start = only(said, 'deployment.started')
    if (start === undefined) return undefined
    const others = [...ledger.moving].flatMap((id) => ledger.deployments.get(id) ?? [])
    const twin = others.find(
      (each) =>
        each.start.service === start.service && each.start.environment === start.environment,
    )
    return holds(twin === undefined, `${start.deployment} started beside ${twin?.start.deployment}`)
  },
}

export const oneDoer: Law = {
  name: 'nobody who was replaced does anything after their successor did',
  effect({ by, slot, fence, lease, call }, { actedUnder }) {
    const what = `${by.server} did ${call} in ${slot.environment}/${slot.service} for ${by.key}`
    if (fence !== lease) return `${what} by fence ${fence}, and has lease ${lease}`
    const last = actedUnder(slot)
    return holds(lease >= last, `${what} under lease ${lease}, after ${last} had acted`)
  },
}

const isForward = (ledger: Ledger, deployment: string) =>
  ledger.deployments.get(deployment)?.start.kind !== 'rollback'

export const holdStands: Law = {
  name: 'automation does not move a held slot',
  said(said, { ledger }) {
    const { event, since } = said
    if (event.by !== 'system') return undefined
    if (event.type === 'deployment.started') {
      const hold = ledger.slotOf(event)?.hold
      if (hold === undefined || event.kind === 'rollback') return undefined
      const promotion = ledger.promotions.get(event.promotion ?? '')
      return holds(promotion?.plan.origin === 'person', `${said.id} started in a held slot`)
    }
    if (event.type !== 'deployment.weightSet' || !isForward(ledger, said.id)) return undefined
    const book = ledger.deployments.get(said.id)
    const hold = book && ledger.slotOf(book.start)?.hold
    // An undo may still report what users had seen before it began.
    if (book === undefined || hold === undefined || book.abort !== undefined) return undefined
    // A hold that was there when a person started it was theirs to pass.
    // One that came while it was at it could not be known.
    const isRight = hold.pos < book.pos || hold.pos > since
    return holds(isRight, `${said.id} went on to ${event.weight} %, although its slot is held`)
  },
}

export const vetoStands: Law = {
  name: 'a vetoed release is never started',
  said(said, { ledger }) {
    const start = only(said, 'deployment.started')
    if (start === undefined) return undefined
    const isVetoed = ledger.isVetoed(start.release, start.environment)
    return holds(!isVetoed, `${start.version} of ${start.service} is vetoed, and was started`)
  },
}

export const freezeStands: Law = {
  name: 'no promotion starts in a freeze, and an emergency in no hard one',
  said(said, { ledger, apartSince }) {
    const start = only(said, 'deployment.started')
    if (start === undefined || start.kind === 'rollback') return undefined
    const skewMs = apartSince(said.recordedAt)
    const isEmergency = ledger.isEmergency(start)
    const frozen = ledger
      .freezesOf(start, said.recordedAt)
      .filter(({ startsAt, endsAt, isHard }) => {
        const isNew = said.recordedAt < startsAt + skewMs
        return (isHard || !isEmergency) && !isNew && said.recordedAt < endsAt - skewMs
      })
    return holds(frozen.length === 0, `${said.id} started in ${start.environment}, which is frozen`)
  },
}
