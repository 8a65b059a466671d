/**
 * The fields of GitLab's hooks that say something for us, and no others. What its samples lack and
 * newer versions send (an instant, an id, a tier) is taken where it is.
 */
import { z } from 'zod'

const maybe = <T extends z.ZodType>(type: T) => type.nullish().catch(undefined)
const time = maybe(z.string())
const id = z.union([z.number(), z.string()]).transform(String)
const user = maybe(z.object({ username: maybe(z.string()) }))
const labels = maybe(z.array(z.object({ title: z.string() }).catch({ title: '' })))

export const project = z.object({
  path_with_namespace: z.string().min(1),
  web_url: maybe(z.string()),
  default_branch: maybe(z.string()),
})
export type Project = z.infer<typeof project>

export const push = z.object({
  ref: z.string(),
  before: maybe(z.string()),
  after: z.string(),
  checkout_sha: maybe(z.string()),
  commits: maybe(
    z.array(
      z.object({
        id: z.string(),
        message: maybe(z.string()),
        timestamp: time,
        added: maybe(z.array(z.string())),
        removed: maybe(z.array(z.string())),
        modified: maybe(z.array(z.string())),
      }),
    ),
  ),
})

export const mergeRequest = z.object({
  iid: id,
  state: maybe(z.string()),
  action: maybe(z.string()),
  draft: maybe(z.boolean()),
  work_in_progress: maybe(z.boolean()),
  created_at: time,
  updated_at: time,
  merged_at: time,
  closed_at: time,
  merge_commit_sha: maybe(z.string()),
  squash_commit_sha: maybe(z.string()),
  last_commit: maybe(z.object({ id: maybe(z.string()) })),
  /** As REST calls the last commit. */
  sha: maybe(z.string()),
  author: user,
})

export const note = z.object({
  id,
  noteable_type: maybe(z.string()),
  system: maybe(z.boolean()),
  created_at: time,
})

export const pipeline = z.object({
  id,
  ref: maybe(z.string()),
  tag: maybe(z.boolean()),
  sha: maybe(z.string()),
  source: maybe(z.string()),
  status: maybe(z.string()),
  created_at: time,
  started_at: time,
  finished_at: time,
  updated_at: time,
  /** Seconds it waited before its first job began. */
  queued_duration: maybe(z.number()),
})
export const pipelineBuilds = maybe(
  z.array(z.object({ created_at: time }).catch({ created_at: null })),
)

export const build = z.object({
  build_id: id,
  build_name: z.string(),
  build_status: z.string(),
  build_created_at: time,
  build_started_at: time,
  build_finished_at: time,
  retries_count: maybe(z.int().min(0)),
  pipeline_id: id,
  sha: maybe(z.string()),
  ref: maybe(z.string()),
  runner: maybe(z.object({ description: maybe(z.string()) })),
})

export const deployment = z.object({
  status: z.string(),
  status_changed_at: time,
  deployment_id: maybe(id),
  deployable_id: maybe(id),
  environment: z.string(),
  environment_tier: maybe(z.string()),
  commit_url: maybe(z.string()),
  ref: maybe(z.string()),
})

export const release = z.object({
  tag: z.string(),
  action: maybe(z.string()),
  released_at: time,
  created_at: time,
  commit: maybe(z.object({ id: maybe(z.string()) })),
})

export const issue = z.object({
  iid: id,
  title: maybe(z.string()),
  type: maybe(z.string()),
  action: maybe(z.string()),
  severity: maybe(z.union([z.string(), z.number()])),
  created_at: time,
  updated_at: time,
  closed_at: time,
  labels,
})

export const vulnerability = z.object({
  url: maybe(z.string()),
  state: maybe(z.string()),
  severity: maybe(z.string()),
  identifiers: maybe(
    z.array(z.object({ name: z.string(), external_type: maybe(z.string()) }).catch({ name: '' })),
  ),
  created_at: time,
  detected_at: time,
  resolved_at: time,
  dismissed_at: time,
})
export { labels, user }
