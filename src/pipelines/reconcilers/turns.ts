/**
 * Sees that of every concurrency group one run goes on: asks for those that wait, lets the one with
 * the turn begin, ends what was passed over, and gives the turn back when its run has ended. It
 * looks at what there is, so that no event has to have been heard.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { RunCommand, TurnCommand } from '../commands.ts'
import type { RunEvent, TurnEvent } from '../events.ts'
import { runNamed, runsOfTurn } from '../queries.ts'
import { runs } from '../run.ts'
import { turnId } from '../run-state.ts'
import { turns as turnThings, type TurnState } from '../turn.ts'

interface Needs {
  readonly engine: Engine
  now(): number
}

export function turns(needs: Needs): Reconciler {
  return defineReconciler<RunEvent | TurnEvent>({
    kind: 'turn',
    concurrency: 2,
    hears: ['run', 'turn'],
    wokenBy: ({ event, id }) => {
      if (event.type === 'run.queued')
        return event.concurrency === undefined ? [] : [turnId(event.service, event.concurrency)]
      if (event.type === 'run.finished') return event.turn === undefined ? [] : [event.turn]
      return event.type.startsWith('turn.') ? [id] : []
    },
    async reconcile(id) {
      let state = await giveBack(needs, id)
      const going = await runsOfTurn(needs.engine.reads, id)
      for (const { id: run, queued_at: queuedAt, held, state: seen } of going) {
        if (!held) continue
        const cancelInProgress = seen.turn?.cancelInProgress === true
        state = await tell(needs, id, {
          type: 'turn.ask',
          ...asked(needs),
          run,
          queuedAt,
          cancelInProgress,
        })
        const isIn = state.holder?.run === run || state.waiting?.run === run
        if (!isIn) await cancel(needs, run, 'A newer run of its group waits.')
      }
      for (const { id: run, held } of going) {
        if (held && state.holder?.run === run) await wish(needs, run, 'run.admit')
        const isPast = held && state.holder?.run !== run && state.waiting?.run !== run
        if (isPast) await cancel(needs, run, 'A newer run of its group waits.')
      }
      if (state.holder !== undefined && state.waiting?.cancelInProgress === true)
        await cancel(needs, state.holder.run, 'A newer run of its group takes its place.')
    },
  })
}

const asked = ({ now }: Needs) => ({ at: now(), by: SYSTEM.id })

/** The turn of a run that has ended goes to who waits; twice, when that one has ended too. */
async function giveBack(needs: Needs, id: string): Promise<TurnState> {
  let { state } = await needs.engine.load(turnThings, id)
  for (const run of [state.waiting?.run, state.holder?.run]) {
    if (run === undefined) continue
    const row = await runNamed(needs.engine.reads, run)
    if (row === undefined || row.outcome === 'running') continue
    state = await tell(needs, id, { type: 'turn.give', ...asked(needs), run })
  }
  return state
}

async function tell(needs: Needs, id: string, command: TurnCommand): Promise<TurnState> {
  await needs.engine.execute(turnThings, id, command, { actor: SYSTEM })
  return (await needs.engine.load(turnThings, id)).state
}

async function wish(needs: Needs, run: string, type: 'run.admit'): Promise<void> {
  const command: RunCommand = { type, ...asked(needs) }
  await needs.engine.execute(runs, run, command, { actor: SYSTEM })
}

async function cancel(needs: Needs, run: string, because: string): Promise<void> {
  const command: RunCommand = { type: 'run.cancel', ...asked(needs), because }
  await needs.engine.execute(runs, run, command, { actor: SYSTEM })
}
