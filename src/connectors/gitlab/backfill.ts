/**
 * GitLab asked by REST for what its hooks would have told: the same things through the same
 * conversion, so that what came by hook already is known.
 */
import { z } from 'zod'
import type { Backfill, BackfillPage, Heard } from '#insights/ports.ts'
import { instant, type Reading } from '../shared/hearing.ts'
import { rest, Wait } from '../shared/rest.ts'
import { type At, changed, ran, released } from './convert.ts'
import { deployed, issueStands } from './convert-outcomes.ts'
import * as types from './types.ts'

const PAGE = 50
/** Ends a list that never does. */
const PAGES_MAX = 2_000
const RESOURCES = ['merge_requests', 'pipelines', 'deployments', 'releases', 'issues'] as const
type Resource = (typeof RESOURCES)[number]

export interface GitlabBackfill {
  readonly connection: string
  readonly url: string
  readonly repositories: readonly string[]
  readonly reading: Reading
  token(): string | undefined
}

interface Walk {
  readonly at: At
  get(path: string): Promise<{ readonly json: unknown; readonly hasNext: boolean }>
}

export function gitlabBackfill(about: GitlabBackfill): Backfill {
  const { connection, repositories } = about
  return {
    connection,
    repositories,
    async page({ repository, since, at = { resource: 'merge_requests', page: 1 }, now }) {
      const root = `${about.url.replace(/\/+$/, '')}/api/v4/projects/`
      const get = async (path: string) => {
        const token = about.token()
        const answer = await rest({
          of: connection,
          url: `${root}${encodeURIComponent(repository)}${path}`,
          headers: {
            accept: 'application/json',
            ...(token !== undefined && { 'private-token': token }),
          },
          now,
        })
        if (answer.waitUntil !== undefined) throw new Wait(answer.waitUntil)
        return answer
      }
      try {
        const { json } = await get('')
        const known = types.project.safeParse(json)
        const project = known.success
          ? known.data
          : { path_with_namespace: repository, web_url: undefined, default_branch: undefined }
        const of = { project, reading: about.reading, receivedAt: now }
        return await read({ at: of, get }, at, since)
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
  since: number,
): Promise<BackfillPage> {
  const here = RESOURCES.find((each) => each === resource) ?? 'merge_requests'
  const { query, hear } = LISTS[here]
  const from = encodeURIComponent(new Date(since).toISOString())
  const answer = await walk.get(`/${here}?${query(from)}&per_page=${PAGE}&page=${page}`)
  const list = Array.isArray(answer.json) ? (answer.json as unknown[]) : []
  const heard: Heard[] = []
  for (const item of list) heard.push((await hear(walk, item)) ?? NOT_KNOWN)
  const goesOn = answer.hasNext && page < PAGES_MAX
  const following = RESOURCES[RESOURCES.indexOf(here) + 1]
  return {
    observations: heard.flatMap(({ observations }) => observations),
    notes: heard.flatMap(({ notes }) => notes),
    next: goesOn
      ? { resource: here, page: page + 1 }
      : following && { resource: following, page: 1 },
  }
}

const NOT_KNOWN: Heard = {
  observations: [],
  notes: ['without the fields that it is known by'],
}

interface List {
  query(since: string): string
  /** Undefined: it lacks what it is known by. */
  hear(walk: Walk, item: unknown): Promise<Heard | undefined>
}

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
/** What REST calls otherwise than hooks do. */
const listed = z.object({
  id: z.union([z.number(), z.string()]).transform(String),
  ref: maybe(z.string()),
  sha: maybe(z.string()),
  status: z.string(),
  created_at: maybe(z.string()),
  updated_at: maybe(z.string()),
  environment: z.object({ name: z.string(), tier: maybe(z.string()) }),
  deployable: maybe(z.object({ finished_at: maybe(z.string()) })),
})
const labelled = z.object({ labels: maybe(z.array(z.string())), issue_type: maybe(z.string()) })
const tagged = z.object({ tag_name: z.string() })

const LISTS: Readonly<Record<Resource, List>> = {
  merge_requests: {
    query: (since) => `state=all&scope=all&updated_after=${since}&order_by=updated_at&sort=asc`,
    async hear({ at }, item) {
      const parsed = types.mergeRequest.safeParse(item)
      return parsed.success ? changed(at, parsed.data) : undefined
    },
  },
  pipelines: {
    query: (since) => `updated_after=${since}&order_by=updated_at&sort=asc`,
    async hear({ at, get }, item) {
      const found = types.pipeline.safeParse(item)
      if (!found.success) return undefined
      // The list says not when it finished.
      const { json } = await get(`/pipelines/${encodeURIComponent(found.data.id)}`)
      const parsed = types.pipeline.safeParse(json)
      return parsed.success ? ran(at, parsed.data, undefined) : undefined
    },
  },
  deployments: {
    query: (since) => `updated_after=${since}&order_by=updated_at&sort=asc`,
    async hear({ at }, item) {
      const parsed = listed.safeParse(item)
      if (!parsed.success) return undefined
      const { id, ref, sha, status, environment, deployable } = parsed.data
      const ended = instant(deployable?.finished_at) === undefined ? undefined : deployable
      return deployed(at, {
        status,
        status_changed_at: ended?.finished_at ?? parsed.data.updated_at,
        deployment_id: id,
        deployable_id: undefined,
        environment: environment.name,
        environment_tier: environment.tier,
        commit_url: sha === null || sha === undefined ? undefined : `/${sha}`,
        ref,
      })
    },
  },
  releases: {
    query: () => 'order_by=taggedat&sort=desc',
    async hear({ at }, item) {
      const tag = tagged.safeParse(item).data?.tag_name
      const parsed = types.release.safeParse({ ...Object(item), tag })
      return parsed.success ? released(at, parsed.data) : undefined
    },
  },
  issues: {
    query: (since) => `scope=all&updated_after=${since}&order_by=updated_at&sort=asc`,
    async hear({ at }, item) {
      const { labels, issue_type: type } = labelled.safeParse(item).data ?? {}
      const titles = (labels ?? []).map((title) => ({ title }))
      const parsed = types.issue.safeParse({ ...Object(item), type, labels: titles })
      return parsed.success ? issueStands(at, parsed.data) : undefined
    },
  },
}
