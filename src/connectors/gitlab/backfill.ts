/**
 * GitLab asked by REST for what its hooks would have told: the same things through the same
 * conversion, so that what came by hook already is known.
 */
import { z } from 'zod'
import type { Backfill } from '#insights/ports.ts'
import { each, type List, listBackfill, PAGE, type Walk } from '../shared/backfill.ts'
import { instant, type Reading } from '../shared/hearing.ts'
import { type At, atOf, changed, jobRan, ran, released } from './convert.ts'
import { deployed, issueStands } from './convert-outcomes.ts'
import { reviewsIn } from './notes.ts'
import * as types from './types.ts'

export interface GitlabBackfill {
  readonly connection: string
  readonly url: string
  readonly repositories: readonly string[]
  readonly reading: Reading
  token(): string | undefined
}

export function gitlabBackfill(about: GitlabBackfill): Backfill {
  const root = `${about.url.replace(/\/+$/, '')}/api/v4/projects/`
  return listBackfill({
    ...about,
    lists: LISTS,
    address: (repository, path) => `${root}${encodeURIComponent(repository)}${path}`,
    headers() {
      const token = about.token()
      return { accept: 'application/json', ...(token !== undefined && { 'private-token': token }) }
    },
    place(json, repository, now) {
      const known = types.project.safeParse(json)
      const unknown = { path_with_namespace: repository, web_url: undefined }
      const project = known.success ? known.data : { ...unknown, default_branch: undefined }
      return atOf(project, about.reading, now)
    },
  })
}

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const id = z.union([z.number(), z.string()]).transform(String)
/** What REST calls otherwise than hooks do. */
const listedDeployment = z.object({
  id,
  ref: maybe(z.string()),
  sha: maybe(z.string()),
  status: z.string(),
  created_at: maybe(z.string()),
  updated_at: maybe(z.string()),
  environment: z.object({ name: z.string(), tier: maybe(z.string()) }),
  deployable: maybe(z.object({ finished_at: maybe(z.string()) })),
})
const listedJob = z.object({
  id,
  name: z.string(),
  status: z.string(),
  ref: maybe(z.string()),
  created_at: maybe(z.string()),
  started_at: maybe(z.string()),
  finished_at: maybe(z.string()),
  runner: maybe(z.object({ description: maybe(z.string()) })),
})
type Job = z.infer<typeof listedJob>
const labelled = z.object({ labels: maybe(z.array(z.string())), issue_type: maybe(z.string()) })
const tagged = z.object({ tag_name: z.string() })

const inOrder = (path: string) => (page: number, since: number) =>
  `/${path}updated_after=${encodeURIComponent(new Date(since).toISOString())}` +
  `&order_by=updated_at&sort=asc&per_page=${PAGE}&page=${page}`
/** As many as one page holds: more of one thing is a machine that is stuck. */
const PARTS = 'per_page=100'

/** A pipeline with its jobs, those that were retried too: they tell its attempts apart. */
async function pipelineHeard({ at, part, parts }: Walk<At>, name: string) {
  const path = `/pipelines/${encodeURIComponent(name)}`
  // The list says not when it finished.
  const json = await part(path)
  const found = await parts(`${path}/jobs?include_retried=true&${PARTS}`)
  const jobs = found.flatMap((job) => listedJob.safeParse(job).data ?? [])
  const ordered = jobs.toSorted((a, b) => Number(a.id) - Number(b.id))
  return each(types.pipeline, json, (pipeline) => [
    ran(at, pipeline, ordered),
    ...ordered.map((job, i) => jobRan(at, buildOf(job, pipeline, ordered.slice(0, i)))),
  ])
}

function buildOf(
  { id: build_id, name, status, ref, runner, ...times }: Job,
  pipeline: z.infer<typeof types.pipeline>,
  before: readonly Job[],
): z.infer<typeof types.build> {
  return {
    ...{ build_id, build_name: name, build_status: status, ref, runner },
    build_created_at: times.created_at,
    build_started_at: times.started_at,
    build_finished_at: times.finished_at,
    // Retried, it is another job of the same name; hooks count them.
    retries_count: before.filter((job) => job.name === name).length,
    pipeline_id: pipeline.id,
    sha: pipeline.sha,
  }
}

const LISTS: Readonly<Record<string, List<At>>> = {
  merge_requests: {
    path: inOrder('merge_requests?state=all&scope=all&'),
    hear: ({ at, parts }, item) =>
      each(types.mergeRequest, item, async (request) => {
        const path = `/merge_requests/${encodeURIComponent(request.iid)}/notes`
        const notes = await parts(`${path}?sort=asc&order_by=created_at&${PARTS}`)
        return [changed(at, request), ...reviewsIn(at, request, notes)]
      }),
  },
  pipelines: {
    path: inOrder('pipelines?'),
    hear: (walk, item) => each(types.pipeline, item, ({ id: name }) => pipelineHeard(walk, name)),
  },
  deployments: {
    path: inOrder('deployments?'),
    hear: ({ at }, item) =>
      each(listedDeployment, item, ({ environment, deployable, sha, ...said }) => {
        const ended = instant(deployable?.finished_at) === undefined ? undefined : deployable
        const of = {
          ...{ status: said.status, ref: said.ref },
          status_changed_at: ended?.finished_at ?? said.updated_at,
          deployment_id: said.id,
          deployable_id: undefined,
          environment: environment.name,
          environment_tier: environment.tier,
          commit_url: sha === null || sha === undefined ? undefined : `/${sha}`,
        }
        return [deployed(at, of)]
      }),
  },
  releases: {
    path: (page) => `/releases?order_by=taggedat&sort=desc&per_page=${PAGE}&page=${page}`,
    hear: ({ at }, item) => {
      const tag = tagged.safeParse(item).data?.tag_name
      return each(types.release, { ...Object(item), tag }, (release) => [released(at, release)])
    },
  },
  issues: {
    path: inOrder('issues?scope=all&'),
    hear({ at }, item) {
      const { labels, issue_type: type } = labelled.safeParse(item).data ?? {}
      const titles = (labels ?? []).map((title) => ({ title }))
      const issue = { ...Object(item), type, labels: titles }
      return each(types.issue, issue, (one) => [issueStands(at, one)])
    },
  },
}
