/**
 * Vetoes releases that hold a bad commit, and were there before anybody knew; looks once, by patch,
 * whether one of them had taken it back without a word, and lets those go that hold it no more. A
 * veto that a person lifted from one release stays lifted: its own stream remembers that it was
 * vetoed for this commit once.
 */
import type { Git } from '#catalog/ports.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { ReleaseCommand } from '../commands.ts'
import type { BadCommitEvent, ReleaseEvent } from '../events.ts'
import {
  badCommitRows,
  type BadCommitRow,
  comparedRow,
  holding,
  linedReleases,
} from '../queries/bad-commits.ts'
import { comparedIn } from './comparing.ts'
import { badCommits as badCommitThings } from '../bad-commit.ts'
import { releases } from '../release.ts'
import { vetoFor } from '../veto-for.ts'
import { releasedServices } from '../queries.ts'

const ALL = '*'

export interface BadCommitNeeds {
  readonly engine: Engine
  readonly git: Git
  readonly log: Logger
  now(): number
}

export function badCommits(needs: BadCommitNeeds): Reconciler {
  const { engine, now } = needs
  return defineReconciler<ReleaseEvent | BadCommitEvent>({
    kind: 'bad-commit',
    concurrency: 1,
    hears: ['release', 'commit'],
    wokenBy({ event }) {
      if (event.type === 'release.created') return [event.service]
      return event.type === 'commit.vetoed' ? [ALL] : []
    },
    async reconcile(key) {
      const bad = await badCommitRows(engine.reads)
      if (bad.length === 0) return
      const names = key === ALL ? await releasedServices(engine.reads) : [key]
      for (const service of names)
        for (const { release, command } of await missingVetoes(engine, service, bad, now()))
          await engine.execute(releases, release, command, { actor: SYSTEM })
      for (const sha of new Set(bad.map((row) => row.sha)))
        if ((await comparedRow(engine.reads, sha)) === undefined) await compare(needs, sha)
    },
  })
}

/** Once a commit: those of later releases are compared when they are made. */
async function compare(needs: BadCommitNeeds, sha: string): Promise<void> {
  const { engine, now } = needs
  const by = { at: now(), by: SYSTEM.id }
  const found = { undoneBy: new Set<string>(), repeatedBy: new Set<string>() }
  const names = await releasedServices(engine.reads)
  for (const name of names) {
    const { undoneBy, repeatedBy } = await comparedIn(
      needs,
      await linedReleases(engine.reads, name),
      sha,
    )
    for (const each of undoneBy) found.undoneBy.add(each)
    for (const each of repeatedBy) found.repeatedBy.add(each)
  }
  const [undoneBy, repeatedBy] = [[...found.undoneBy], [...found.repeatedBy]]
  const command = { type: 'commit.compare', ...by, sha, undoneBy, repeatedBy } as const
  await engine.execute(badCommitThings, sha, command, { actor: SYSTEM })
  const [first] = undoneBy
  if (first === undefined) return
  const reason = `${sha.slice(0, 8)} is taken back in it, by the patch of ${first.slice(0, 8)}.`
  for (const name of names) {
    const line = await linedReleases(engine.reads, name)
    const held = new Set(holding(line, sha).map(({ release }) => release))
    for (const { release, vetoDetails } of line.filter((each) => !held.has(each.release)))
      for (const { environment } of vetoDetails.filter((veto) => veto.commit === sha)) {
        const veto = vetoFor({ sha, environment, reason }, by)
        await engine.execute(releases, release, { ...veto, type: 'release.unveto' }, AS_SYSTEM)
      }
  }
}

const AS_SYSTEM = { actor: SYSTEM }

interface Missing {
  readonly release: string
  readonly command: ReleaseCommand
}

async function missingVetoes(
  { reads }: Pick<Engine, 'reads'>,
  service: string,
  bad: readonly BadCommitRow[],
  at: number,
): Promise<readonly Missing[]> {
  const line = await linedReleases(reads, service)
  return bad.flatMap((row) =>
    holding(line, row.sha)
      .filter(
        ({ vetoDetails }) => !vetoDetails.some((veto) => veto.environment === row.environment),
      )
      .map(({ release }) => ({ release, command: vetoFor(row, { at, by: row.by }) })),
  )
}
