/** Changes with everything that an auditor asks for, written as their rooms would. Tests only. */
import type { Engine } from '#engine/engine.ts'
import type { DomainEvent } from '#engine/store.ts'
import { record } from './facts.ts'

export const SERVICE = 'checkout'
export const SHA = 'ab'.repeat(20)
export const artifactOf = (n: number): string => `sha256:${String(n).padStart(64, '0')}`

/** The n-th: built, tested, released, approved and deployed to prod at that instant. */
export async function writeChange(engine: Engine, n: number, at: number): Promise<void> {
  const [deployment, release, run, promotion] = ['dep', 'rel', 'run', 'prm'].map(
    (of) => `${of}_${n}`,
  )
  const facts = { at, by: 'system', service: SERVICE, environment: 'prod' }
  const artifact = artifactOf(n)
  const built = {
    at,
    by: 'system',
    service: SERVICE,
    sha: SHA,
    run,
    repository: '/r',
    branch: 'main',
  }
  const write = (kind: string, id: string | undefined, ...events: object[]) =>
    record(engine, kind, id ?? '', ...(events as [DomainEvent, ...DomainEvent[]]))
  await write('run', run, {
    ...built,
    type: 'run.queued',
    directory: '.',
    trigger: { kind: 'push' },
    pipeline: 'signalbox.yaml',
    jobs: [],
  })
  await write('artifact', artifact, {
    ...built,
    type: 'artifact.published',
    digest: artifact,
    layer: artifact,
    sizeBytes: 1,
    files: 1,
  })
  await write('release', release, {
    ...built,
    type: 'release.created',
    release,
    version: `1.0.${n}`,
    tag: `v1.0.${n}`,
    artifact,
    commits: [
      {
        sha: SHA,
        subject: 'fix: the till #12',
        author: 'Ada',
        email: 'ada@example.com',
        at,
        tickets: n % 2 === 0 ? ['#12'] : [],
        coAuthors: [],
      },
    ],
    changelog: '',
  })
  const moved = { release, version: `1.0.${n}`, artifact, sha: SHA }
  const plan = { ...moved, service: SERVICE, environment: 'prod', steps: [], strategy: 'rolling' }
  const approvals = { count: 1, ownersMin: 0, ownerTeam: '', expiresMs: 1, excluded: [] }
  await write(
    'promotion',
    promotion,
    {
      ...facts,
      ...moved,
      type: 'promotion.planned',
      promotion,
      origin: 'automatic',
      plan,
      planHash: 'sha256:1',
      approvals,
    },
    { type: 'promotion.approved', at, by: 'ben', planHash: 'sha256:1', teams: [], note: 'fine' },
    { ...facts, type: 'promotion.started', promotion, deployment, fence: n },
  )
  const moving = { ...facts, ...moved, deployment, promotion, tier: 1, kind: 'forward' }
  const kept = { environmentKind: 'production', returnPoint: null }
  await write(
    'deployment',
    deployment,
    { ...moving, ...kept, type: 'deployment.started', plan, fence: n },
    {
      ...moving,
      ...kept,
      type: 'deployment.finished',
      startedAt: at,
      outcome: 'succeeded',
      reason: 'done',
    },
  )
}
