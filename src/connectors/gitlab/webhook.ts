/** A delivery of a GitLab webhook or system hook: which event it is, and what of it is read. */
import { z } from 'zod'
import type { HeadersSaid, Hear, Heard } from '#insights/ports.ts'
import { nothing, type Reading, text } from '../shared/hearing.ts'
import { type At, atOf, changed, jobRan, noted, pushed, ran, released } from './convert.ts'
import { deployed, issueStands, vulnerable } from './convert-outcomes.ts'
import * as types from './types.ts'

const kind = z.object({ object_kind: z.string() })

export function gitlabEvent(headers: HeadersSaid, payload: unknown): string {
  const parsed = kind.safeParse(payload)
  return text(
    parsed.success ? parsed.data.object_kind : (headers['x-gitlab-event'] ?? 'unknown'),
    100,
  )
}

type Row = (at: At, payload: unknown) => Heard | undefined

function row<S extends z.ZodType>(shape: S, read: (at: At, body: z.infer<S>) => Heard): Row {
  return (at, payload) => {
    const parsed = shape.safeParse(payload)
    return parsed.success ? read(at, parsed.data) : undefined
  }
}

const attributes = <S extends z.ZodType>(shape: S) => z.object({ object_attributes: shape })

const issue = row(attributes(types.issue).extend({ labels: types.labels }), (at, body) =>
  issueStands(at, {
    ...body.object_attributes,
    labels: body.labels ?? body.object_attributes.labels,
  }),
)

const ROWS: Readonly<Record<string, Row>> = {
  push: row(types.push, pushed),
  tag_push: row(types.push, pushed),
  merge_request: row(attributes(types.mergeRequest), (at, body) =>
    changed(at, body.object_attributes),
  ),
  note: row(
    attributes(types.note).extend({ merge_request: types.mergeRequest.nullish().catch(undefined) }),
    (at, body) => noted(at, body.object_attributes, body.merge_request ?? undefined),
  ),
  pipeline: row(attributes(types.pipeline).extend({ builds: types.pipelineBuilds }), (at, body) =>
    ran(at, body.object_attributes, body.builds),
  ),
  build: row(types.build, jobRan),
  deployment: row(types.deployment, deployed),
  release: row(types.release, released),
  issue,
  incident: issue,
  work_item: issue,
  vulnerability: row(attributes(types.vulnerability), (at, body) =>
    vulnerable(at, body.object_attributes),
  ),
  // A toggle without its environment is no change of a slot.
  feature_flag: () => nothing('feature_flag: names no environment'),
}

const whole = z.object({ object_kind: z.string(), project: types.project, user: types.user })

export const hearGitlab =
  (reading: Reading): Hear =>
  ({ payload, receivedAt }) => {
    const parsed = kind.safeParse(payload)
    const read =
      parsed.success && Object.hasOwn(ROWS, parsed.data.object_kind)
        ? ROWS[parsed.data.object_kind]
        : undefined
    if (read === undefined) return nothing('unmapped')
    const of = whole.safeParse(withProject(payload))
    if (!of.success) return nothing('without a project')
    const { project, user } = of.data
    const by = user?.username ?? undefined
    return (
      read({ ...atOf(project, reading, receivedAt), by }, payload) ??
      nothing('without the fields that it is known by')
    )
  }

const VULNERABILITY = /^(https?:\/\/[^/]+\/)(.+?)\/-\//
const addressed = attributes(z.object({ url: z.string().max(1_000) }))

/** A vulnerability stands without its project; its address tells which. */
function withProject(payload: unknown): unknown {
  const parsed = addressed.safeParse(payload)
  if (!parsed.success || typeof payload !== 'object' || payload === null || 'project' in payload)
    return payload
  const [, host = '', path] = VULNERABILITY.exec(parsed.data.object_attributes.url) ?? []
  const project = { path_with_namespace: path, web_url: `${host}${path ?? ''}` }
  return path === undefined ? payload : { ...payload, project }
}
