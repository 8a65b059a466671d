/** A delivery of a GitHub webhook: which event it is, and what of it is read. */
import { z } from 'zod'
import type { Delivery, Hear, Heard } from '#insights/ports.ts'
import { nothing, type Reading, text } from '../shared/hearing.ts'
import { type At, atOf, changed, jobRan, pushed, ran, released, reviewed } from './convert.ts'
import { alerted, deploymentMade, deploymentStood, issueStands } from './convert-outcomes.ts'
import * as types from './types.ts'

const EVENT = 'x-github-event'
export const DELIVERY = 'x-github-delivery'

export const githubEvent = (headers: Delivery['headers'], payload: unknown): string => {
  const { action } = z
    .object({ action: z.string().catch('') })
    .catch({ action: '' })
    .parse(payload)
  const event = headers[EVENT] ?? 'unknown'
  return text(action === '' ? event : `${event}.${action}`, 100)
}

/** What an event's body must have, and what is made of it. */
type Row = (at: At, payload: unknown, action: string) => Heard | undefined

function row<S extends z.ZodType>(
  shape: S,
  read: (at: At, body: z.infer<S>, action: string) => Heard,
): Row {
  return (at, payload, action) => {
    const parsed = shape.safeParse(payload)
    return parsed.success ? read(at, parsed.data, action) : undefined
  }
}

/** Actions that tell nothing new, such as a label on a pull request, give what stood before. */
const ROWS: Readonly<Record<string, Row>> = {
  push: row(types.push, pushed),
  pull_request: row(z.object({ pull_request: types.pullRequest }), (at, body) =>
    changed(at, body.pull_request),
  ),
  pull_request_review: row(
    z.object({
      pull_request: z.object({ number: types.pullRequest.shape.number }),
      review: types.review,
    }),
    (at, body, action) =>
      action === 'submitted' || action === 'dismissed'
        ? reviewed(at, body.pull_request.number, body.review)
        : nothing(`pull_request_review: ${text(action, 40)}`),
  ),
  workflow_run: row(z.object({ workflow_run: types.workflowRun }), (at, body) =>
    ran(at, body.workflow_run),
  ),
  workflow_job: row(z.object({ workflow_job: types.workflowJob }), (at, body) =>
    jobRan(at, body.workflow_job),
  ),
  deployment: row(z.object({ deployment: types.deployment }), (at, body) =>
    deploymentMade(at, body.deployment),
  ),
  deployment_status: row(
    z.object({ deployment: types.deployment, deployment_status: types.deploymentStatus }),
    (at, body) => deploymentStood(at, body.deployment, body.deployment_status),
  ),
  release: row(z.object({ release: types.release }), (at, body, action) =>
    action === 'published' ? released(at, body.release) : nothing(`release: ${text(action, 40)}`),
  ),
  issues: row(z.object({ issue: types.issue }), (at, body, action) =>
    issueStands(at, body.issue, action),
  ),
  dependabot_alert: row(z.object({ alert: types.alert }), (at, body) => alerted(at, body.alert)),
}

const whole = z.object({ action: z.string().catch(''), repository: types.repository })

export const hearGithub =
  (reading: Reading): Hear =>
  ({ headers, payload, receivedAt }) => {
    const event = headers[EVENT] ?? ''
    const read = Object.hasOwn(ROWS, event) ? ROWS[event] : undefined
    if (read === undefined) return nothing('unmapped')
    const parsed = whole.safeParse(payload)
    if (!parsed.success) return nothing('without a repository')
    const { repository, action } = parsed.data
    return (
      read(atOf(repository, reading, receivedAt), payload, action) ??
      nothing('without the fields that it is known by')
    )
  }
