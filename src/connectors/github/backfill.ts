/**
 * GitHub asked by REST for what its hooks would have told: the same things through the same
 * conversion, so that what came by hook already is known.
 */
import { z } from 'zod'
import type { Backfill, BackfillPage, Heard } from '#insights/ports.ts'
import { instant, type Reading, text } from '../shared/hearing.ts'
import { rest, Wait } from '../shared/rest.ts'
import { type At, changed, ran, released } from './convert.ts'
import { deploymentMade, deploymentStood, issueStands } from './convert-outcomes.ts'
import * as types from './types.ts'

const PAGE = 50
/** Ends a list that never does. */
const PAGES_MAX = 2_000
const RESOURCES = ['pulls', 'runs', 'deployments', 'releases', 'issues'] as const
type Resource = (typeof RESOURCES)[number]

export interface GithubBackfill {
  readonly connection: string
  readonly url: string
  readonly repositories: readonly string[]
  readonly reading: Reading
  /** Undefined: what anybody may read. */
  token(): string | undefined
}

interface Walk {
  readonly at: At
  readonly since: number
  get(path: string): Promise<{ readonly json: unknown; readonly hasNext: boolean }>
}

export function githubBackfill(about: GithubBackfill): Backfill {
  const { connection, repositories } = about
  return {
    connection,
    repositories,
    async page({ repository, since, at = { resource: 'pulls', page: 1 }, now }) {
      const get = async (path: string) => {
        const token = about.token()
        const answer = await rest({
          of: connection,
          url: `${about.url.replace(/\/+$/, '')}/repos/${repository}${path}`,
          headers: {
            accept: 'application/vnd.github+json',
            'x-github-api-version': '2022-11-28',
            'user-agent': 'signalbox',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
          now,
        })
        if (answer.waitUntil !== undefined) throw new Wait(answer.waitUntil)
        return answer
      }
      try {
        const known = types.repository.safeParse((await get('')).json)
        const place: types.Repository = known.success ? known.data : { full_name: repository }
        const of = { repository: place, reading: about.reading }
        return await read({ at: { ...of, receivedAt: now }, since, get }, at)
      } catch (error) {
        if (!(error instanceof Wait)) throw error
        return { observations: [], notes: [], next: at, waitUntil: error.until }
      }
    },
  }
}

async function read(
  walk: Walk,
  { resource, page }: { readonly resource: string; readonly page: number },
): Promise<BackfillPage> {
  const here = RESOURCES.find((each) => each === resource) ?? 'pulls'
  const { path, items, olderThan, hear } = LISTS[here]
  const answer = await walk.get(path(page, walk.since))
  const list = items(answer.json)
  const heard: Heard[] = []
  let isPast = false
  for (const item of list) {
    const changedAt = olderThan(item)
    if (changedAt !== undefined && changedAt < walk.since) isPast = true
    else heard.push(...(await hear(walk, item)))
  }
  const goesOn = answer.hasNext && !isPast && page < PAGES_MAX
  const following = RESOURCES[RESOURCES.indexOf(here) + 1]
  const next = goesOn
    ? { resource: here, page: page + 1 }
    : following && { resource: following, page: 1 }
  return {
    observations: heard.flatMap(({ observations }) => observations),
    notes: heard.flatMap(({ notes }) => notes),
    next,
  }
}

interface List {
  path(page: number, since: number): string
  items(json: unknown): readonly unknown[]
  /** When it changed last, where the list is in that order. */
  olderThan(item: unknown): number | undefined
  hear(walk: Walk, item: unknown): Promise<readonly Heard[]>
}

const plainList = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : [])
const dated = z.object({
  updated_at: z.string().nullish().catch(undefined),
  created_at: z.string().nullish().catch(undefined),
})
const changedAt = (item: unknown) => instant(dated.safeParse(item).data?.updated_at)
const madeAt = (item: unknown) => instant(dated.safeParse(item).data?.created_at)
const never = () => undefined
const day = (at: number) => new Date(at).toISOString().slice(0, 10)

/** What is read of one that has all that it is known by; else a note. */
async function each<S extends z.ZodType>(
  shape: S,
  item: unknown,
  read: (parsed: z.infer<S>) => Promise<readonly Heard[]> | readonly Heard[],
): Promise<readonly Heard[]> {
  const parsed = shape.safeParse(item)
  if (parsed.success) return read(parsed.data)
  return [{ observations: [], notes: ['without the fields that it is known by'] }]
}

const LISTS: Readonly<Record<Resource, List>> = {
  pulls: {
    path: (page) => `/pulls?state=all&sort=updated&direction=desc&per_page=${PAGE}&page=${page}`,
    items: plainList,
    olderThan: changedAt,
    hear: ({ at }, item) => each(types.pullRequest, item, (pull) => [changed(at, pull)]),
  },
  runs: {
    path: (page, since) =>
      `/actions/runs?created=%3E%3D${day(since)}&per_page=${PAGE}&page=${page}`,
    items: (json) => plainList(Object(json)['workflow_runs']),
    olderThan: never,
    hear: ({ at, get }, item) =>
      each(types.workflowRun, item, async (run) => {
        const heard = [ran(at, run)]
        // The list has the last attempt alone; those before it are what K7 is about.
        for (let attempt = (run.run_attempt ?? 1) - 1; attempt >= 1; attempt--) {
          const { json } = await get(
            `/actions/runs/${encodeURIComponent(run.id)}/attempts/${attempt}`,
          )
          heard.push(...(await each(types.workflowRun, json, (one) => [ran(at, one)])))
        }
        return heard
      }),
  },
  deployments: {
    path: (page) => `/deployments?per_page=${PAGE}&page=${page}`,
    items: plainList,
    olderThan: madeAt,
    hear: ({ at, get }, item) =>
      each(types.deployment, item, async (deployment) => {
        const id = encodeURIComponent(deployment.id)
        const { json } = await get(`/deployments/${id}/statuses?per_page=100`)
        const stood = plainList(json).map((status) =>
          each(types.deploymentStatus, status, (one) => [deploymentStood(at, deployment, one)]),
        )
        return [deploymentMade(at, deployment), ...(await Promise.all(stood)).flat()]
      }),
  },
  releases: {
    path: (page) => `/releases?per_page=${PAGE}&page=${page}`,
    items: plainList,
    olderThan: madeAt,
    hear: ({ at }, item) => each(types.release, item, (release) => [released(at, release)]),
  },
  issues: {
    path: (page, since) =>
      `/issues?state=all&since=${encodeURIComponent(new Date(since).toISOString())}` +
      `&per_page=${PAGE}&page=${page}`,
    items: plainList,
    olderThan: never,
    hear: ({ at }, item) =>
      each(types.issue, item, (issue) =>
        issue.pull_request === undefined ? [issueStands(at, issue, text('listed'))] : [],
      ),
  },
}
