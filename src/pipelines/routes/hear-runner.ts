/** Hearing of runners: whoever asks for a job, or beats for one, is there. */
import type { Engine } from '#engine/engine.ts'
import { beat } from '#engine/presence.ts'
import type { Actor } from '#kernel/actor.ts'
import { presenceOf, type RunnerCommand, runnerThings } from '../fleet/runner.ts'

interface Heard {
  readonly engine: Engine
  readonly actor: Actor
  readonly runner: string
  now(): number
}

/** The event is written when there is one; the rest is a heartbeat. */
export async function hearRunner(
  { engine, actor, runner, now }: Heard,
  labels: readonly string[],
): Promise<void> {
  await beat(engine.database, presenceOf(runner))
  const about = { at: now(), by: actor.id, runner }
  const command: RunnerCommand = { type: 'runner.see', ...about, labels: labels.toSorted() }
  await engine.execute(runnerThings, runner, command, { actor })
}

export async function sayFarewell({ engine, actor, runner, now }: Heard): Promise<void> {
  const command: RunnerCommand = { type: 'runner.leave', at: now(), by: actor.id, runner }
  await engine.execute(runnerThings, runner, command, { actor })
}
