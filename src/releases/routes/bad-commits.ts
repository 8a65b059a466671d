/** Vetoing a commit: every release that holds it and not its revert, from the request on. */
import { z } from 'zod'
import { type Wish, wish } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { reject } from '#kernel/decider.ts'
import { badCommits } from '../bad-commit.ts'
import type { ReleaseCommand } from '../commands.ts'
import { vetoBody } from '../commands.ts'
import { releasedServices } from '../queries.ts'
import {
  badCommitRows,
  commitsNamed,
  holding,
  linedReleases,
  type LinedRelease,
} from '../queries/bad-commits.ts'
import { EVERYWHERE, releases } from '../release.ts'
import { vetoFor } from '../veto-for.ts'
import { unknownName } from './names.ts'

const bySha = z.object({
  sha: z.string().regex(/^[0-9a-f]{7,40}$/, 'seven hexadecimal digits or more of a commit’s name'),
})
/** One transaction; whoever has more vetoes the rest by a second request, which is harmless. */
const RELEASES_MAX = 200

export function badCommitRoutes(app: App, context: RouteContext): void {
  const { engine } = context
  app.get('/commit-vetoes', async () => badCommitRows(engine.reads))
  for (const verb of ['veto', 'unveto'] as const)
    app.post(
      `/commits/:sha/${verb}`,
      { schema: { params: bySha, body: vetoBody } },
      async (request, reply) => {
        const { environment, reason } = request.body
        const unknown = await unknownName(context, environment ? [environment] : [], [])
        if (unknown !== undefined)
          return context.unknown(reply, unknown.what, unknown.name, unknown.known)
        const line = await wholeLine(context)
        const named = commitsNamed(line, request.params.sha)
        const [sha, other] = named
        if (sha === undefined) return context.unknown(reply, 'commit', request.params.sha)
        if (other !== undefined) return context.refuse(reply, ambiguous(request.params.sha, named))
        const asked = { at: context.now(), by: context.actor(request).id }
        const place = environment ?? EVERYWHERE
        const concerned = holding(line, sha)
          .filter((release) => isNews(release, verb, place, sha))
          .slice(-RELEASES_MAX)
        const command = { ...asked, sha, reason, environment: place }
        const wishes: Wish[] = [
          wish({ thing: badCommits, id: sha, command: { type: `commit.${verb}`, ...command } }),
          ...concerned.map(({ release: id }) =>
            wish({ thing: releases, id, command: commandFor(verb, command) }),
          ),
        ]
        const done = await engine.executeAll(wishes, context.request(request))
        if ('rejected' in done) return context.refuse(reply, done)
        const told = concerned.map(({ release, service, version }) => ({
          release,
          service,
          version,
        }))
        return { sha, environment: place, releases: told }
      },
    )
}

async function wholeLine({ engine: { reads } }: RouteContext): Promise<LinedRelease[]> {
  const lines: LinedRelease[] = []
  for (const service of await releasedServices(reads))
    lines.push(...(await linedReleases(reads, service)))
  return lines
}

/** Lifting a commit's veto lifts what it brought, and none that stands for a reason of its own. */
function isNews(
  { vetoDetails }: LinedRelease,
  verb: 'veto' | 'unveto',
  environment: string,
  sha: string,
): boolean {
  const standing = vetoDetails.find((veto) => veto.environment === environment)
  return verb === 'veto' ? standing === undefined : standing?.commit === sha
}

function commandFor(
  verb: 'veto' | 'unveto',
  {
    at,
    by,
    sha,
    environment,
    reason,
  }: Record<'by' | 'sha' | 'environment' | 'reason', string> & {
    readonly at: number
  },
): ReleaseCommand {
  const veto = vetoFor({ sha, environment, reason }, { at, by })
  return verb === 'veto' ? veto : { ...veto, type: 'release.unveto' }
}

function ambiguous(start: string, named: readonly string[]) {
  return reject(
    'commit.ambiguous',
    `${named.length} commits begin with ${start}.`,
    `Give more digits: ${named
      .slice(0, 3)
      .map((each) => each.slice(0, 12))
      .join(', ')}.`,
  )
}
