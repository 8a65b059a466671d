/**
 * What the manifest came to when it was last planned. The same text, at the same commit, with the
 * same inputs and by the same program comes to the same jobs; reading it anew would take longer
 * than finding all of them.
 */
import { hash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { JobSpec, RunFacts } from '../pipelines/events.ts'
import type { Head } from './head.ts'

export interface HerePlan {
  readonly jobs: readonly JobSpec[]
  readonly facts: RunFacts
  readonly finallyMs?: number | undefined
}

export interface PlanOrder {
  /** Which program plans; undefined: nobody can say, for its sources may change. */
  readonly build: string | undefined
  readonly file: string
  readonly text: string
  readonly inputs: Readonly<Record<string, string>>
  readonly head: Head
}

export function readPlan(path: string, order: PlanOrder): HerePlan | undefined {
  if (order.build === undefined) return undefined
  try {
    const text = readFileSync(path, 'utf8')
    const end = text.indexOf('\n')
    if (text.slice(0, end) !== keyOf(order)) return undefined
    return JSON.parse(text.slice(end + 1)) as HerePlan
  } catch {
    // Not there, or not whole: it is planned anew.
    return undefined
  }
}

export function keepPlan(path: string, order: PlanOrder, plan: HerePlan): void {
  if (order.build === undefined) return
  const { jobs, facts, finallyMs } = plan
  writeFileSync(`${path}.next`, `${keyOf(order)}\n${JSON.stringify({ jobs, facts, finallyMs })}`)
  renameSync(`${path}.next`, path)
}

/** Whether anything is left in it to ask while it runs. */
export const isAsking = ({ jobs }: HerePlan): boolean =>
  jobs.some((job) => job.if !== undefined || job.envLater !== undefined)

function keyOf({ build, file, text, inputs, head }: PlanOrder): string {
  const given = Object.entries(inputs).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hash('sha256', JSON.stringify([build, file, text, given, head.branch, head.sha]), 'hex')
}
