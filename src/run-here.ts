/**
 * The pipeline of a repository on this machine, for the command line: the planner, the decider and
 * the runner's way of working a job, put together without a server between them.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Here, HereListener, HereRequest, HereRun, Refused } from '#cli/here.ts'
import type { Placed } from '#cli/paved.ts'
import type { JobSpec } from '#pipelines/events.ts'
import { explain } from './local/explain.ts'
import { headOf } from './local/head.ts'
import { type HerePlan, isAsking, keepPlan, readPlan } from './local/known-plan.ts'
import { type Machine, openMachine, runOn } from './local/machine.ts'
import { handingOf, selectJobs } from './local/select.ts'

export interface Surroundings {
  /** Which bundle of the program this is; undefined: it runs from its sources. */
  readonly build: string | undefined
  /** Where jobs find their tools. */
  readonly path: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** All that is kept of runs on this machine; nothing of it belongs into the repository. */
const FOLDER = join('.signalbox', 'local')

export function here(around: Surroundings): Here {
  return {
    async run(request, listener) {
      const planned = await planOf(request, around)
      if ('problems' in planned) return planned
      const { plan, keep } = planned
      const selected = selectJobs(plan.jobs, request.jobs)
      if ('unknown' in selected) return noSuchJob(request, selected.unknown, selected.remedy)
      const machine = await machineOf(request, plan, around)
      try {
        keep()
        return await ran(machine, { ...plan, ...selected }, request, listener)
      } finally {
        machine.close()
      }
    },
    async explain(request, names) {
      const planned = await planOf(request, around)
      if ('problems' in planned) return planned
      const { plan } = planned
      const selected = selectJobs(plan.jobs, names)
      if ('unknown' in selected) return noSuchJob(request, selected.unknown, selected.remedy)
      // What the named need is told of as far as it differs.
      const isMeant = ({ name, leg }: JobSpec) =>
        names.length === 0 || names.includes(name) || (leg !== undefined && names.includes(leg.of))
      const machine = await machineOf({ ...request, slots: 0, secrets: '' }, plan, around)
      try {
        const { service } = plan.facts
        const needs = { ...machine, handing: handingOf(plan.jobs) }
        const all = selected.jobs.filter(isMeant)
        return await Promise.all(all.map((job) => explain(needs, { job, service, directory: '.' })))
      } finally {
        machine.close()
      }
    },
  }
}

/** `keep`: once this run alone has the folder. */
async function planOf(
  request: Pick<HereRequest, 'repository' | 'inputs'>,
  { build }: Surroundings,
): Promise<{ readonly plan: HerePlan; keep(): void } | Refused> {
  const { root, file, text } = request.repository
  const path = join(root, FOLDER, 'plan')
  const head = headOf(root)
  const order = { build, file, text, inputs: request.inputs, head }
  const known = readPlan(path, order)
  if (known !== undefined) {
    if (isAsking(known)) await import('#pipelines/language/expressions/cel.ts')
    return { plan: known, keep: () => {} }
  }
  const { planHere } = await import('./plan-here.ts')
  const plan = planHere(request, head)
  return 'problems' in plan ? plan : { plan, keep: () => keepPlan(path, order, plan) }
}

function machineOf(
  request: Pick<HereRequest, 'repository' | 'slots' | 'secrets' | 'docker'>,
  plan: HerePlan,
  around: Surroundings,
): Promise<Machine> {
  const { root, file } = request.repository
  const folder = join(root, FOLDER)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '.gitignore'), '*\n')
  const { slots, secrets, docker } = request
  return openMachine({
    ...{ folder, root, slots, secrets, docker, ...around },
    service: dirname(join(root, file)),
    jobs: plan.jobs,
  })
}

async function ran(
  machine: Machine,
  plan: HerePlan & { readonly left: readonly string[] },
  request: HereRequest,
  listener: HereListener,
): Promise<HereRun> {
  const { facts, jobs, finallyMs, left } = plan
  const { repository, isCacheRead, isResumed, signal, jobs: names } = request
  const now = Date.now()
  const run = `run_${now.toString(36)}${randomBytes(4).toString('hex')}`
  const done = await runOn(machine, {
    ...{ isCacheRead, isResumed, signal, listener },
    queue: {
      ...{ type: 'run.queue', at: now, by: 'local', run, trigger: 'manual', facts, jobs },
      ...{ service: facts.service, branch: facts.branch, sha: facts.sha },
      ...{ repository: repository.root, directory: '.', pipeline: repository.file },
      // Whoever names jobs wants these and nothing after them.
      ...(names.length === 0 && { finallyMs }),
    },
  })
  return { ...done, left }
}

const noSuchJob = (
  { repository }: Pick<HereRequest, 'repository'>,
  name: string,
  remedy: string,
) => ({
  problems: [at(repository.file, `There is no job ${name}.`, remedy)],
})

const at = (file: string, message: string, remedy: string): Placed => ({
  ...{ file, line: 1, column: 1, message, remedy },
})
