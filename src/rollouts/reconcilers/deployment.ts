/**
 * Moves deployments. Everything that matters is decided elsewhere: here the world is looked at, the
 * next move is asked for, the one thing it names is done and put on record, and so on until there
 * is nothing to do but wait. A crash between any two lines is one more reason to look again.
 */
import type { Rejection } from '#kernel/decider.ts'
import { defineReconciler, type Next, type Reconciler, type Turn } from '#engine/loop.ts'
import { together } from '#engine/together.ts'
import { Fault } from '#kernel/fault.ts'
import { deployments } from '../deployment.ts'
import type { Deployment, Running, Undoing } from '../deployment-state.ts'
import type { DeploymentEvent } from '../events.ts'
import { type Move, nextMove } from '../next-move.ts'
import { slotRow } from '../queries.ts'
import { act, type Deed } from './act.ts'
import { failed, type Memory } from './memory.ts'
import type { RolloutNeeds } from './needs.ts'
import { observe } from './observe.ts'

/** From start to first traffic it takes five; more in one turn is two minds that disagree. */
const MOVES_MAX = 12
/** After a fault, or a refusal: soon, because users may be waiting behind it. */
const AGAIN_MS = 1_000

/** Our own reports wake nobody: we are awake. */
const WAKING = new Set([
  'deployment.started',
  'deployment.paused',
  'deployment.resumed',
  'deployment.advanced',
  'deployment.abortRequested',
])

export function deployment(needs: RolloutNeeds): Reconciler {
  const memories = new Map<string, Memory>()
  return defineReconciler<DeploymentEvent>({
    kind: 'deployment',
    concurrency: 8,
    hears: ['deployment'],
    wokenBy: ({ event, id }) => (WAKING.has(event.type) ? [id] : []),
    async reconcile(id, turn) {
      const memory = memories.get(id) ?? {}
      memories.set(id, memory)
      const next = await moveOn(needs, id, memory, turn)
      if (next === undefined) memories.delete(id)
      return next
    },
  })
}

async function moveOn(needs: RolloutNeeds, id: string, memory: Memory, turn: Turn): Promise<Next> {
  const again = { at: needs.now() + AGAIN_MS }
  try {
    for (let moves = 0; moves < MOVES_MAX && !turn.signal.aborted; moves++) {
      const { state, row } = await lookUp(needs, id, memory)
      if (!isMoving(state)) return undefined
      const { observed, port } = await observe(needs, state, row, memory)
      const move = nextMove(state, observed, needs.now())
      if (move.do === 'rest') return undefined
      if (move.do === 'wait') {
        if (!observed.isBlind) memory.failing = undefined
        return { at: move.until }
      }
      const { fence } = turn
      const deed: Deed = { id, state, fence, port, stable: observed.stable, memory }
      const answer = await act(needs, deed, move)
      if (answer === 'later') return again
      if (answer !== undefined) return refused(needs, id, move, answer, again)
    }
    return again
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    needs.log.warn({ deployment: id, err: error }, 'a deployment cannot move on')
    failed(memory, error, needs.now())
    return again
  }
}

/** Both in one letter, once it is known where it goes. */
async function lookUp({ engine }: RolloutNeeds, id: string, memory: Memory) {
  const known = memory.slot
  const { loaded, slot } = await together({
    loaded: engine.load(deployments, id),
    slot: known && slotRow(engine.reads, known.environment, known.service),
  })
  const { state } = loaded
  if (!isMoving(state)) return { state, row: undefined }
  const { service, environment } = state.about
  memory.slot = { service, environment }
  const row = known === undefined ? await slotRow(engine.reads, environment, service) : slot
  return { state, row }
}

/** Somebody else moved it meanwhile: look again. */
function refused(
  { log }: RolloutNeeds,
  id: string,
  move: Move,
  { code }: Rejection,
  again: Next,
): Next {
  log.info({ deployment: id, move: move.do, code }, 'a report was refused')
  return again
}

function isMoving(state: Deployment): state is Running | Undoing {
  return state.status === 'running' || state.status === 'undoing'
}
