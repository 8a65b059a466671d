/**
 * Sees that an approved proposal reaches its services: whose turn it is is pinned to the new
 * number, a run of theirs that fails holds it, and the others follow once every canary was green
 * on it and has baked.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { ProposalEvent } from '../events/proposals.ts'
import type { RunEvent } from '../events.ts'
import type { ServicePins } from '../ports.ts'
import {
  bakedAt,
  type ProposalCommand,
  type ProposalState,
  proposals,
  waiting,
} from '../proposals/proposal.ts'
import { latestRunBy, proposalRows } from '../queries/proposals.ts'

export interface AdoptionNeeds {
  readonly engine: Engine
  readonly pins: ServicePins
  now(): number
}

/** One look goes over all that are on their way: there are few, and a run knows none of them. */
const ALL = 'open'

export function adoptions(needs: AdoptionNeeds): Reconciler {
  return defineReconciler<ProposalEvent | RunEvent>({
    kind: 'template-adoption',
    concurrency: 1,
    hears: ['proposal', 'run'],
    wokenBy: ({ event }) =>
      event.type.startsWith('template.') || event.type === 'run.finished' ? [ALL] : [],
    async reconcile() {
      const rows = (await proposalRows(needs.engine.reads)).filter(({ ended }) => !ended)
      const next: number[] = []
      for (const { id } of rows) next.push(await follow(needs, id))
      const at = Math.min(Infinity, ...next)
      return at < Infinity ? { at } : undefined
    },
  })
}

/** When to look again; infinite: with the next event. */
async function follow(needs: AdoptionNeeds, id: string): Promise<number> {
  const { engine, pins, now } = needs
  const asked = () => ({ at: now(), by: SYSTEM.id })
  const tell = async (command: ProposalCommand) => {
    await engine.execute(proposals, id, command, { actor: SYSTEM })
  }
  const { state } = await engine.load(proposals, id)
  for (const service of waiting(state)) {
    const answer = await pins.pin({ service, from: state.from, to: state.to })
    const type = answer === 'pinned' ? 'template.adopt' : 'template.leave'
    await tell({ type, ...asked(), service })
  }
  const after = (await engine.load(proposals, id)).state
  const { failed, isGreen } = await runsOf(needs, after)
  if (failed !== undefined) await tell({ type: 'template.hold', ...asked(), ...failed })
  const until = after.status === 'canaries' && isGreen ? bakedAt(after) : undefined
  if (failed !== undefined || until === undefined) return Infinity
  if (until > now()) return until
  await tell({ type: 'template.widen', ...asked() })
  return now()
}

/** The first failure that nobody has looked at, and whether every canary that followed is green. */
async function runsOf({ engine }: AdoptionNeeds, state: ProposalState) {
  const { adopted, canaries, to: pipeline, seen } = state
  let isGreen = true
  if (!Object.hasOwn(WATCHED, state.status)) return { failed: undefined, isGreen: false }
  for (const [service, since] of Object.entries(adopted)) {
    const run = await latestRunBy(engine.reads, { service, pipeline, since })
    if (run?.outcome === 'failed' && !seen.includes(run.id))
      return { failed: { service, run: run.id }, isGreen: false }
    if (canaries.includes(service) && run?.outcome !== 'succeeded') isGreen = false
  }
  return { failed: undefined, isGreen }
}

const WATCHED = { canaries: true, rest: true }
