/**
 * What a job costs beside its own work, whole commands with their start in one run with make and
 * the peers: absolute figures are the machine's, ratios are ours. And what it costs to plan.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunFacts } from '../../src/pipelines/events.ts'
import { pipelineSpec } from '../../src/pipelines/language/manifest.ts'
import { planPipeline } from '../../src/pipelines/language/plan.ts'
import { run } from '../../src/pipelines/run.ts'
import type { Figures } from '../figures.ts'
import { chain, type Shape, SHAPES } from './shapes.ts'
import { PEERS } from './peers.ts'
import { install, MAKE, OURS, prepare, timed, type Tool } from './tools.ts'

const TRIES = 3
const COLD_GOAL = '<= 2.5'
const WARM_GOAL = '<= 0.7'

export interface Measured {
  readonly figures: Figures
  /** Peer to why there is no figure of it. */
  readonly absent: Readonly<Record<string, string>>
}

export function jobFigures(): Measured {
  const root = mkdtempSync(join(tmpdir(), 'signalbox-bench-'))
  const figures: Record<string, Figures[string]> = {}
  const absent: Record<string, string> = {}
  try {
    const peers = PEERS.filter((peer) => {
      const why = install(peer, PEERS)
      if (why !== undefined) absent[peer.name] = why
      // What it makes for itself once and keeps is not what a job costs.
      else runOnce(peer, join(root, peer.name))
      return why === undefined
    })
    const colds: number[] = []
    for (const [name, shape] of Object.entries(SHAPES)) {
      const floor = best(MAKE, shape, join(root, 'make'))
      const ours = best(OURS, shape, join(root, 'ours'))
      const [cold, warm] = [perJob(ours.cold, shape), perJob(ours.warm, shape)]
      const make = perJob(floor.cold, shape)
      colds.push(cold)
      figures[`${name}, cold`] = { value: cold, unit: 'ms/job', goal: COLD_GOAL }
      figures[`${name}, all found`] = { value: warm, unit: 'ms/job', goal: WARM_GOAL }
      figures[`${name}, make -j2`] = { value: make, unit: 'ms/job' }
      figures[`${name}, cold / make`] = { value: cold / make, unit: '×' }
      for (const peer of peers) {
        const its = best(peer, shape, join(root, peer.name), 1)
        if (typeof its.cold === 'string') {
          absent[`${peer.name}, ${name}`] = its.cold
          continue
        }
        const ratio = perJob(its.cold, shape) / cold
        figures[`${name}, ${peer.name} / ours, cold`] = { value: ratio, unit: '×', goal: '> 1' }
        if (typeof its.warm !== 'number') continue
        const found = perJob(its.warm, shape) / warm
        figures[`${name}, ${peer.name} / ours, found`] = { value: found, unit: '×' }
      }
    }
    const flat = Math.max(...colds) / Math.min(...colds)
    figures['cold, dearest shape / cheapest'] = { value: flat, unit: '×', goal: '<= 1.5' }
    figures['plan of 10,000 jobs'] = { value: planMs(), unit: 'ms', goal: '<= 400' }
    return { figures, absent }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function runOnce(peer: Tool, folder: string): void {
  const shape = chain(2)
  prepare(peer, shape, folder)
  timed(peer.cold(shape), folder)
}

interface Best {
  readonly cold: number | string
  readonly warm: number | string | undefined
}

/** The least of several tries, each cold one in a fresh folder. */
function best(tool: Tool, shape: Shape, folder: string, tries = TRIES): Best {
  const least = (a: number | string, b: number | string) =>
    typeof a === 'number' && typeof b === 'number' ? Math.min(a, b) : typeof a === 'number' ? a : b
  let cold: number | string = ''
  let warm: number | string | undefined
  for (let i = 0; i < tries; i++) {
    prepare(tool, shape, folder)
    cold = least(cold, timed(tool.cold(shape), folder, tool.msMax))
    if (typeof cold === 'string') return { cold, warm }
    // Filled by the cold run, but for tools whose cold run leaves nothing.
    const again = tool.warm?.(shape)
    if (again === undefined) continue
    if (i === 0) timed(again, folder)
    warm = least(warm ?? '', timed(again, folder))
  }
  return { cold, warm }
}

const perJob = (ms: number | string | undefined, shape: Shape): number =>
  typeof ms === 'number' ? ms / shape.length : Number.NaN

/** Ten runs of a thousand jobs each, from the document to the events of a queued run. */
function planMs(): number {
  const jobs = Object.fromEntries(
    chain(1000).map(({ name, needs }) => [name, { run: 'true', needs, inputs: [`in/${name}`] }]),
  )
  const facts: RunFacts = {
    ...{ event: 'push', branch: 'main', ref: 'refs/heads/main', sha: 'a'.repeat(40) },
    ...{ service: 'bench', tier: 2, inputs: {}, vars: {} },
  }
  let least = Infinity
  for (let i = 0; i < TRIES; i++) {
    const startedAt = performance.now()
    for (let n = 0; n < 10; n++) {
      const plan = planPipeline(pipelineSpec.parse({ jobs }), facts)
      if ('problems' in plan) throw new Error(plan.problems[0]?.message)
      const source = { service: 'bench', repository: 'r', branch: 'main', sha: facts.sha }
      const about = { run: `run_${n}`, directory: '.', trigger: 'push', pipeline: 'p' } as const
      const queue = { type: 'run.queue', at: 1, by: 'bench', facts, ...source, ...about } as const
      run.decide({ ...queue, jobs: plan.jobs }, run.initial)
    }
    least = Math.min(least, performance.now() - startedAt)
  }
  return least
}
