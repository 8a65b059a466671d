/** What the next move of a deployment depends on, besides its own stream. */
import { Fault } from '#kernel/fault.ts'
import { together } from '#engine/together.ts'
import { releaseNamed } from '#releases/queries.ts'
import type { Running, Undoing } from '../deployment-state.ts'
import { lastWords } from '../last-words.ts'
import type { Observed } from '../next-move.ts'
import type { Slot, SlotStatus } from '../ports.ts'
import { deploymentNamed, type SlotRow } from '../queries.ts'
import { slotFloor } from '../queries/floor.ts'
import { requestsPerS } from './rate.ts'
import { inTheWay } from './closures.ts'
import { failed, type Memory, type WayBack } from './memory.ts'
import type { RolloutNeeds } from './needs.ts'

/** People veto by hand: a few seconds of more traffic make no difference to them. */
const VETO_LOOK_MS = 3_000
/** Only another policy can change it meanwhile. */
const FLOOR_LOOK_MS = 30_000

export async function observe(
  needs: RolloutNeeds,
  state: Running | Undoing,
  row: SlotRow | undefined,
  memory: Memory,
): Promise<{ readonly observed: Observed; readonly port: number }> {
  const { status: phase, about, readyAt, weight } = state
  const place = { service: about.service, environment: about.environment }
  const status = await look(needs, place, memory)
  const groups = (status?.groups ?? []).map(({ group, replicas, ready, instances }) => ({
    group,
    replicas,
    ready,
    tail: lastWords(instances),
  }))
  const ours = groups.find(({ group }) => group === about.deployment)
  const isShort = status !== undefined && (ours?.ready ?? 0) < (ours?.replicas ?? 0)
  memory.shortSince = isShort ? (memory.shortSince ?? needs.now()) : undefined
  const isDown = status !== undefined && readyAt !== undefined && (ours?.ready ?? 0) === 0
  memory.unreadySince = isDown ? (memory.unreadySince ?? needs.now()) : undefined
  const {
    inTheWay: closures,
    wayBack: back,
    ...asked
  } = await together({
    // Only a step up is ever held, so only then is the calendar asked.
    inTheWay:
      phase === 'undoing' || weight === 100
        ? NOTHING_IN_THE_WAY
        : inTheWay(needs, about, row?.state.hold),
    wayBack: wayBack(needs, state, memory),
    veto: vetoOf(needs, about, memory),
    replicasBefore: replicasBefore(needs, state, memory),
    requestsPerS: requestsPerS(needs, state, memory),
  })
  const observed = {
    isBlind: status === undefined,
    groups,
    weights: status?.weights ?? {},
    stable: row?.state.settled?.deployment,
    ...closures,
    ...back,
    ...asked,
    unreadySince: memory.unreadySince,
    shortSince: memory.shortSince,
    failing: memory.failing,
  }
  return { observed, port: row?.port ?? 0 }
}

/** Asked for on the way back alone; it never changes. */
async function replicasBefore(
  { engine }: RolloutNeeds,
  { status, about }: Running | Undoing,
  memory: Memory,
): Promise<number | undefined> {
  const { returnPoint } = about
  if (status !== 'undoing' || returnPoint === null) return undefined
  const known =
    memory.replicasBefore ??
    (await deploymentNamed(engine.reads, returnPoint.deployment))?.plan.replicas
  memory.replicasBefore = known
  return known
}

const NOTHING_IN_THE_WAY = { obstacles: [], closing: undefined }

type Seen = Pick<SlotStatus, 'groups' | 'weights'>

/** Undefined when the target does not answer; a slot it never heard of runs nothing. */
async function look({ target, now, log }: RolloutNeeds, slot: Slot, memory: Memory) {
  try {
    return (await target.observe(slot)) ?? ({ groups: [], weights: {} } satisfies Seen)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.warn({ ...slot, err: error }, 'the target does not answer')
    failed(memory, error, now())
    return undefined
  }
}

/** Why the release was marked bad for this environment, or for all. */
async function vetoOf(
  { engine, now }: RolloutNeeds,
  { release, environment }: Running['about'],
  memory: Memory,
): Promise<string | undefined> {
  if (memory.veto !== undefined && now() < memory.veto.at + VETO_LOOK_MS) return memory.veto.reason
  const vetoes = (await releaseNamed(engine.reads, release))?.vetoDetails ?? []
  const veto = vetoes.find((each) => ['*', environment].includes(each.environment))
  memory.veto = { at: now(), reason: veto?.reason }
  return veto?.reason
}

/** Before users see it, and once it is being undone, nobody asks. */
async function wayBack(
  { engine, now }: RolloutNeeds,
  { status, about, exposedAt }: Running | Undoing,
  memory: Memory,
): Promise<WayBack> {
  const { returnPoint, kind } = about
  if (status === 'undoing' || exposedAt === undefined || kind === 'rollback') return {}
  if (returnPoint === null) return {}
  if (memory.floor !== undefined && now() < memory.floor.at + FLOOR_LOOK_MS) return memory.floor
  const { below, doubt } = await slotFloor(engine.reads, about)
  const { release, version: returnTo } = returnPoint
  const floor = below(release)
  const belowFloor = floor && { returnTo, floor: floor.version, why: floor.why }
  memory.floor = { at: now(), belowFloor, doubt: doubt(release) }
  return memory.floor
}
