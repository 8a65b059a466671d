/**
 * The fields of GitHub's payloads that say something for us, and no others: official schemas refuse
 * a quarter of the payloads that GitHub itself gives as examples. The same shapes come by hook and
 * by REST.
 */
import { z } from 'zod'

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const time = maybe(z.string())
const login = maybe(z.object({ login: z.string() }))
const id = z.union([z.number(), z.string()]).transform(String)
const labels = maybe(
  z.array(
    z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).catch(''),
  ),
)

export const repository = z.object({
  full_name: z.string().min(1),
  html_url: maybe(z.string()),
  default_branch: maybe(z.string()),
  pushed_at: maybe(z.union([z.number(), z.string()])),
})
export type Repository = z.infer<typeof repository>

export const commit = z.object({
  id: z.string(),
  message: maybe(z.string()),
  timestamp: time,
  added: maybe(z.array(z.string())),
  removed: maybe(z.array(z.string())),
  modified: maybe(z.array(z.string())),
})

export const push = z.object({
  ref: z.string(),
  before: maybe(z.string()),
  after: z.string(),
  forced: maybe(z.boolean()),
  deleted: maybe(z.boolean()),
  commits: maybe(z.array(commit)),
  head_commit: maybe(commit),
})

export const pullRequest = z.object({
  number: id,
  user: login,
  draft: maybe(z.boolean()),
  created_at: time,
  updated_at: time,
  closed_at: time,
  merged_at: time,
  merge_commit_sha: maybe(z.string()),
  merged_by: login,
  head: maybe(z.object({ sha: maybe(z.string()) })),
})

export const review = z.object({
  id,
  user: login,
  state: z.string(),
  commit_id: maybe(z.string()),
  submitted_at: time,
})

export const workflowRun = z.object({
  id,
  name: maybe(z.string()),
  path: maybe(z.string()),
  run_attempt: maybe(z.int().min(1)),
  head_sha: maybe(z.string()),
  head_branch: maybe(z.string()),
  head_repository: maybe(z.object({ full_name: z.string() })),
  event: maybe(z.string()),
  status: maybe(z.string()),
  conclusion: maybe(z.string()),
  created_at: time,
  run_started_at: time,
  updated_at: time,
})

export const workflowJob = z.object({
  id,
  run_id: id,
  run_attempt: maybe(z.int().min(1)),
  name: z.string(),
  head_sha: maybe(z.string()),
  head_branch: maybe(z.string()),
  status: maybe(z.string()),
  conclusion: maybe(z.string()),
  created_at: time,
  started_at: time,
  completed_at: time,
  runner_group_name: maybe(z.string()),
  labels: maybe(z.array(z.string())),
})

export const deployment = z.object({
  id,
  sha: maybe(z.string()),
  ref: maybe(z.string()),
  task: maybe(z.string()),
  environment: z.string(),
  production_environment: maybe(z.boolean()),
  payload: z.unknown().optional(),
  created_at: time,
})

export const deploymentStatus = z.object({
  id,
  state: z.string(),
  description: maybe(z.string()),
  environment: maybe(z.string()),
  created_at: time,
})

export const release = z.object({
  tag_name: z.string(),
  target_commitish: maybe(z.string()),
  draft: maybe(z.boolean()),
  published_at: time,
  created_at: time,
})

export const issue = z.object({
  number: id,
  title: maybe(z.string()),
  labels,
  created_at: time,
  updated_at: time,
  closed_at: time,
  /** Its REST lists pull requests among the issues. */
  pull_request: z.unknown().optional(),
})

export const alert = z.object({
  number: id,
  state: maybe(z.string()),
  security_advisory: z.object({
    ghsa_id: maybe(z.string()),
    cve_id: maybe(z.string()),
    severity: maybe(z.string()),
    published_at: time,
  }),
  security_vulnerability: maybe(z.object({ severity: maybe(z.string()) })),
  created_at: time,
  updated_at: time,
  dismissed_at: time,
  dismissed_reason: maybe(z.string()),
  fixed_at: time,
})
