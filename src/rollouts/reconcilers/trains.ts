/**
 * Lets trains leave on time. Between departures it keeps the slots they go to for them: automation
 * that moves a service every time is no train. A departure, its plan and who was left behind are
 * one transaction; one that was missed is put on record as that.
 */
import { type Facts, wish } from '#engine/engine.ts'
import { defineReconciler, type Next, type Reconciler } from '#engine/loop.ts'
import type { DomainEvent } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { reject, type Rejection } from '#kernel/decider.ts'
import { departuresIn, nextDeparture } from '#releases/queries/timetable.ts'
import type { PlanSource } from '../events/plans.ts'
import type { Boarding } from '../plans/boarding.ts'
import { planWish, type ReleasePlanCommand } from '../plans/commands.ts'
import { releasePlans } from '../plans/release-plan.ts'
import { due, type Train, type TrainCommand, trains } from '../plans/train.ts'
import { planSpec } from '../queries/plans.ts'
import {
  boardingOf,
  holdOfTrain,
  passengersOf,
  trainRows,
  type TrainRow,
} from '../queries/trains.ts'
import { keepHeld, letGo } from './holds.ts'
import type { Reads, RolloutNeeds } from './needs.ts'

/** New services, and slots that open, are noticed within this. */
const LOOK_MS = 300_000
const AGAIN_MS = 1_000
/** A server that slept for years need not tell of every day. */
const MISSED_TOLD_MAX = 50
const EVERY_TRAIN = '*'

export function trainKeeper(needs: RolloutNeeds): Reconciler {
  const { engine, now } = needs
  return defineReconciler<DomainEvent>({
    kind: 'train',
    concurrency: 1,
    hears: ['train', 'slot'],
    wokenBy({ event: { type }, id }) {
      if (type.startsWith('train.')) return [id]
      return type === 'slot.resumed' || type === 'slot.opened' ? [EVERY_TRAIN] : []
    },
    async reconcile(key): Promise<Next> {
      if (key === EVERY_TRAIN) {
        const rows = await trainRows(engine.reads)
        return engine.wake(rows.map(({ id }) => ({ kind: 'train', key: id })))
      }
      const { state } = await engine.load(trains, key)
      if (state.status === 'none') return undefined
      const row = { id: key, ...state }
      if (state.status === 'withdrawn') return keepSlots(needs, row, false)
      const { missed, leaves } = dueNow(row, now())
      for (const departure of missed.slice(-MISSED_TOLD_MAX))
        await miss(needs, row, departure, DOWN)
      if (leaves !== undefined)
        return (await depart(needs, row, leaves)) ? { at: now() } : again(now)
      if (missed.length > 0) return { at: now() }
      return keep(needs, row)
    },
  })
}

const DOWN = 'The server was not there at that time.'
const again = (now: () => number) => ({ at: now() + AGAIN_MS })

function dueNow({ spec, handledUntil }: TrainRow, now: number) {
  return due(departuresIn(spec, handledUntil, now), spec.late, now)
}

async function keep(needs: RolloutNeeds, row: TrainRow): Promise<Next> {
  const now = needs.now()
  const next = nextDeparture(row.spec, now)
  const cutOff = next === undefined ? Infinity : next - row.spec.cutOffMs
  await keepSlots(needs, row, row.spec.lock && now >= cutOff)
  const wakesAt = cutOff > now ? Math.min(cutOff, next ?? Infinity) : (next ?? Infinity)
  return { at: Math.min(wakesAt, now + LOOK_MS) }
}

async function keepSlots(needs: RolloutNeeds, row: TrainRow, isLocked: boolean): Promise<void> {
  const { id, spec, status } = row
  const [ours, lock] = [holdOfTrain(id), `The release train ${id} is about to leave from here.`]
  for (const { name: service } of await passengersOf(needs.engine.reads, spec)) {
    const [to, from] = [spec.to, spec.from].map((environment) => ({ service, environment }))
    if (to === undefined || from === undefined) continue
    if (status === 'applied') await keepHeld(needs, to, ours, true)
    else await letGo(needs, to, ours, 'The train does not run any more.')
    if (isLocked) await keepHeld(needs, from, lock)
    else await letGo(needs, from, lock, 'The train has left.')
  }
}

async function miss(needs: RolloutNeeds, { id }: TrainRow, departure: number, reason: string) {
  const { engine, now, log } = needs
  log.warn({ train: id, departure, reason }, 'a train missed its departure')
  const command = {
    type: 'train.miss',
    at: now(),
    by: SYSTEM.id,
    train: id,
    departure,
    reason,
  } as const
  await engine.execute(trains, id, command, { actor: SYSTEM })
}

/** `weekly-20261127t0930z`. */
function planOf(train: string, departure: number): string {
  const minute = new Date(departure).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')
  return `${train}-${minute.toLowerCase()}z`
}

/** False: something moved while it was looked at; look again. */
async function depart(needs: RolloutNeeds, row: TrainRow, departure: number): Promise<boolean> {
  const { engine, now } = needs
  const at = now()
  const { boards } = await boardingOf(engine.reads, row, departure, at)
  const plan = boards.length === 0 ? null : planOf(row.id, departure)
  let seen: Boarding | undefined
  const leave = async ({ reads }: Facts<Train>): Promise<TrainCommand | Rejection> => {
    seen = await boardingOf(reads, row, departure, at)
    if ((seen.boards.length === 0) !== (plan === null)) return movedOn
    const { id: train } = row
    return { type: 'train.depart', at, by: SYSTEM.id, train, departure, plan, ...seen }
  }
  const by = { at, by: row.by }
  const make = async ({ reads }: { readonly reads: Reads }) =>
    planFor(reads, row, { ...by, departure, plan: plan ?? '', boards: seen?.boards ?? [] })
  const withPlan =
    plan === null
      ? []
      : [
          wish({ thing: releasePlans, id: plan, command: make }),
          wish({ thing: releasePlans, id: plan, command: { type: 'plan.start', ...by } as const }),
        ]
  const done = await engine.executeAll(
    [wish({ thing: trains, id: row.id, command: leave }), ...withPlan],
    { actor: SYSTEM },
  )
  if (!('rejected' in done)) return true
  if (done.code === movedOn.code || done.code === 'stream.moved-on') return false
  await miss(needs, row, departure, `${done.message} ${done.remedy}`)
  return true
}

const movedOn = reject(
  'train.moved-on',
  'Who boards changed while it was about to leave.',
  'It is looked at again by itself.',
)

async function planFor(
  reads: Reads,
  { id, spec }: TrainRow,
  about: {
    readonly at: number
    readonly by: string
    readonly departure: number
    readonly plan: string
    readonly boards: Boarding['boards']
  },
): Promise<ReleasePlanCommand | Rejection> {
  const { at, by, departure, plan, boards } = about
  const items = boards.map(({ service, release }) => ({ service, version: release }))
  const wanted = planWish.parse({ environment: spec.to, items, onFailure: spec.onFailure })
  const source: PlanSource = { kind: 'train', train: id, departure }
  const made = await planSpec(reads, wanted, source)
  return 'rejected' in made ? made : { type: 'plan.plan', at, by, plan, spec: made }
}
