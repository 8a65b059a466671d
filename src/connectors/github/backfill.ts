/**
 * GitHub asked by REST for what its hooks would have told: the same things through the same
 * conversion, so that what came by hook already is known.
 */
import { z } from 'zod'
import type { Backfill, Heard } from '#insights/ports.ts'
import { each, type List, listBackfill, PAGE, type Walk } from '../shared/backfill.ts'
import { instant, type Reading, text } from '../shared/hearing.ts'
import { type At, atOf, changed, jobRan, ran, released, reviewed } from './convert.ts'
import { deploymentMade, deploymentStood, issueStands } from './convert-outcomes.ts'
import * as types from './types.ts'

export interface GithubBackfill {
  readonly connection: string
  readonly url: string
  readonly repositories: readonly string[]
  readonly reading: Reading
  /** Undefined: what anybody may read. */
  token(): string | undefined
}

export function githubBackfill(about: GithubBackfill): Backfill {
  const root = `${about.url.replace(/\/+$/, '')}/repos/`
  return listBackfill({
    ...about,
    lists: LISTS,
    address: (repository, path) => `${root}${repository}${path}`,
    headers() {
      const token = about.token()
      return {
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        'user-agent': 'signalbox',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      }
    },
    place(json, repository, now) {
      const known = types.repository.safeParse(json)
      return atOf(known.success ? known.data : { full_name: repository }, about.reading, now)
    },
  })
}

const dated = z.object({
  updated_at: z.string().nullish().catch(undefined),
  created_at: z.string().nullish().catch(undefined),
})
const madeAt = (item: unknown) => instant(dated.safeParse(item).data?.created_at)
const day = (at: number) => new Date(at).toISOString().slice(0, 10)
/** As many as one page holds: more of one thing is a machine that is stuck. */
const parts = (path: string) => `${path}?per_page=100`

/** One attempt, and the jobs that it was made of. */
async function attempted(
  walk: Walk<At>,
  run: z.infer<typeof types.workflowRun>,
): Promise<readonly Heard[]> {
  const path = `${pathOf(run)}/attempts/${run.run_attempt ?? 1}/jobs`
  const jobs = await walk.parts(parts(path), ({ jobs: all }) => all)
  const heard = jobs.map((job) => each(types.workflowJob, job, (one) => [jobRan(walk.at, one)]))
  return [ran(walk.at, run), ...(await Promise.all(heard)).flat()]
}

const pathOf = ({ id }: { readonly id: string }) => `/actions/runs/${encodeURIComponent(id)}`

const LISTS: Readonly<Record<string, List<At>>> = {
  pulls: {
    path: (page) => `/pulls?state=all&sort=updated&direction=desc&per_page=${PAGE}&page=${page}`,
    changedAt: (item) => instant(dated.safeParse(item).data?.updated_at),
    hear: (walk, item) =>
      each(types.pullRequest, item, async (pull) => {
        const number = encodeURIComponent(pull.number)
        const reviews = await walk.parts(parts(`/pulls/${number}/reviews`))
        const heard = reviews.map((review) =>
          each(types.review, review, (one) => [reviewed(walk.at, pull.number, one)]),
        )
        return [changed(walk.at, pull), ...(await Promise.all(heard)).flat()]
      }),
  },
  runs: {
    path: (page, since) =>
      `/actions/runs?created=%3E%3D${day(since)}&per_page=${PAGE}&page=${page}`,
    items: ({ workflow_runs: all }) => all,
    hear: (walk, item) =>
      each(types.workflowRun, item, async (run) => {
        const heard = [...(await attempted(walk, run))]
        // The list has the last attempt alone; those before it are what K7 is about.
        for (let attempt = (run.run_attempt ?? 1) - 1; attempt >= 1; attempt--) {
          const before = await walk.part(`${pathOf(run)}/attempts/${attempt}`)
          if (before !== undefined)
            heard.push(...(await each(types.workflowRun, before, (one) => attempted(walk, one))))
        }
        return heard
      }),
  },
  deployments: {
    path: (page) => `/deployments?per_page=${PAGE}&page=${page}`,
    changedAt: madeAt,
    hear: (walk, item) =>
      each(types.deployment, item, async (deployment) => {
        const path = `/deployments/${encodeURIComponent(deployment.id)}/statuses`
        const stood = (await walk.parts(parts(path))).map((status) =>
          each(types.deploymentStatus, status, (one) => [
            deploymentStood(walk.at, deployment, one),
          ]),
        )
        return [deploymentMade(walk.at, deployment), ...(await Promise.all(stood)).flat()]
      }),
  },
  releases: {
    path: (page) => `/releases?per_page=${PAGE}&page=${page}`,
    changedAt: madeAt,
    hear: ({ at }, item) => each(types.release, item, (release) => [released(at, release)]),
  },
  issues: {
    path: (page, since) =>
      `/issues?state=all&since=${encodeURIComponent(new Date(since).toISOString())}` +
      `&per_page=${PAGE}&page=${page}`,
    hear: ({ at }, item) =>
      each(types.issue, item, (issue) =>
        issue.pull_request === undefined ? [issueStands(at, issue, text('listed'))] : [],
      ),
  },
}
