/** Does the one thing that the next move names, and puts it on record. */
import type { Rejection } from '#kernel/decider.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import type { DeploymentCommand } from '../commands.ts'
import { deployments } from '../deployment.ts'
import type { Running, Undoing } from '../deployment-state.ts'
import type { Move, Wish } from '../next-move.ts'
import { finish } from './finish.ts'
import { ensureGroup } from './groups.ts'
import { measure, startMetering } from './measure.ts'
import type { Memory } from './memory.ts'
import type { RolloutNeeds } from './needs.ts'

/** What is acted upon. */
export interface Deed {
  readonly id: string
  readonly state: Running | Undoing
  /** Of the lease it is done under: whoever was replaced meanwhile has a lower one. */
  readonly fence: number
  /** The slot's. */
  readonly port: number
  readonly stable: string | undefined
  readonly memory: Memory
}

/** Undefined: done, ask for the next. `later`: it takes another try, in a while. */
export type Answer = Rejection | 'later' | undefined

/** One bad answer may be a full accept queue; three in a row are the release. */
const SMOKE_TRIES = 3
const SMOKE_MS = 5_000

export async function act(
  needs: RolloutNeeds,
  deed: Deed,
  move: Exclude<Move, { do: 'rest' | 'wait' }>,
): Promise<Answer> {
  const { service, environment } = deed.state.about
  const { fence } = deed
  const slot = { service, environment }
  switch (move.do) {
    case 'ensure':
      return ensure(needs, deed, move)
    case 'weigh':
      if (move.then.type === 'deployment.setWeight') await startMetering(needs, deed)
      await needs.target.weigh(slot, fence, move.weights)
      return report(needs, deed, move.then)
    case 'measure':
      return report(needs, deed, { type: 'deployment.measure', tick: await measure(needs, deed) })
    case 'preview':
      return preview(needs, deed)
    case 'smoke':
      return smoke(needs, deed)
    case 'retire':
      await needs.target.retire(slot, fence, move.group)
      return undefined
    case 'report':
      return report(needs, deed, move.wish)
  }
}

async function report(needs: RolloutNeeds, { id, state }: Deed, wish: Wish): Promise<Answer> {
  const by = { at: needs.now(), by: SYSTEM.id }
  if (wish.type === 'deployment.finish') return finish(needs, state, by)
  const command = { ...wish, ...by } as DeploymentCommand
  const done = await needs.engine.execute(deployments, id, command, { actor: SYSTEM })
  return done.rejected ? done : undefined
}

async function ensure(
  needs: RolloutNeeds,
  deed: Deed,
  { deployment, replicas }: Extract<Move, { do: 'ensure' }>,
): Promise<Answer> {
  const at = { fence: deed.fence, port: deed.port, replicas }
  const untrusted = await ensureGroup(needs, deployment, at)
  if (untrusted === undefined) return undefined
  if (deployment === deed.id)
    return report(needs, deed, {
      type: 'deployment.abort',
      cause: 'verification',
      reason: untrusted,
    })
  needs.log.error({ deployment, why: untrusted }, 'the release to go back to is not trusted')
  throw new Fault('deployment.untrusted', untrusted, {
    remedy: 'Roll back to another release, or promote one that mends it.',
  })
}

/** Past the router, for nobody else is sent there yet. */
async function preview(needs: RolloutNeeds, deed: Deed): Promise<Answer> {
  const { service, environment } = deed.state.about
  const status = await needs.target.observe({ service, environment })
  const group = status?.groups.find((each) => each.group === deed.id)
  // None of its instances is ready just now: they come back, or it is taken away.
  if (group?.preview === undefined) return 'later'
  return probe(needs, deed, 'deployment.preview', group.preview)
}

/** As users reach it: through the router, by the slot's own port. */
async function smoke(needs: RolloutNeeds, deed: Deed): Promise<Answer> {
  return probe(needs, deed, 'deployment.smoke', `http://127.0.0.1:${deed.port}`)
}

async function probe(
  needs: RolloutNeeds,
  deed: Deed,
  type: 'deployment.preview' | 'deployment.smoke',
  origin: string,
): Promise<Answer> {
  const { memory, state } = deed
  const { plan } = state.about
  const path = plan.smoke ?? plan.health
  const url = `${origin}${path}`
  const answer = await needs.prober.get(url, SMOKE_MS)
  const passed = 'status' in answer && answer.status === 200
  memory.smokeTries = (memory.smokeTries ?? 0) + 1
  if (!passed && memory.smokeTries < SMOKE_TRIES) return 'later'
  memory.smokeTries = 0
  const said = 'status' in answer ? `${answer.status}` : answer.error
  const detail = `GET ${path}: ${said}`
  return report(needs, deed, { type, passed, detail })
}
