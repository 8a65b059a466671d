/**
 * Vetoes releases that hold a bad commit, whichever came first. A veto that a person lifted from
 * one release stays lifted: its own stream remembers that it was vetoed for this commit once.
 */
import type { Engine } from '#engine/engine.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { ReleaseCommand } from '../commands.ts'
import type { BadCommitEvent, ReleaseEvent } from '../events.ts'
import { badCommitRows, type BadCommitRow, holding, linedReleases } from '../queries/bad-commits.ts'
import { releases } from '../release.ts'
import { vetoFor } from '../veto-for.ts'
import { releasedServices } from '../queries.ts'

const ALL = '*'

export function badCommits(needs: { readonly engine: Engine; now(): number }): Reconciler {
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
    },
  })
}

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
