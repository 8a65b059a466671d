/** The issuers' words to ours. What a token must say and does not is told by its name there. */
import type { z } from 'zod'
import { reject, type Rejection } from '#kernel/decider.ts'
import type { IdClaims } from '#pipelines/events/foreign.ts'
import type { IdTokenRefusal } from '#pipelines/ports.ts'
import { buildkite, circleci, github, gitlab, type Issuer } from './types.ts'

type Said = Omit<IdClaims, 'id' | 'issuer' | 'system'>
type Refused = Rejection<IdTokenRefusal>

export function said(issuer: Issuer, claims: object): Said | Refused {
  switch (issuer.kind) {
    case 'github':
      return read(issuer, github, claims, ofGithub)
    case 'gitlab':
      return read(issuer, gitlab, claims, ofGitlab)
    case 'circleci':
      return read(issuer, circleci, claims, ofCircleci)
    case 'buildkite':
      return read(issuer, buildkite, claims, ofBuildkite)
  }
}

function read<T>(
  issuer: Issuer,
  shape: z.ZodType<T>,
  claims: object,
  convert: (issuer: Issuer, claims: T) => Said | Refused,
): Said | Refused {
  const parsed = shape.safeParse(claims)
  if (parsed.success) return convert(issuer, parsed.data)
  const [issue] = parsed.error.issues
  return reject(
    'exchange.claims-missing',
    `A token of ${issuer.name} must say ${String(issue?.path[0])}: ${issue?.message}.`,
    `Is ${issuer.name} of kind ${issuer.kind}? See docs/guides/report-from-ci.md.`,
  )
}

/** As the operator mapped it, or where it is by the issuer's own name. */
const addressOf = ({ repositories }: Issuer, name: string, host: string): string =>
  (Object.hasOwn(repositories, name) ? repositories[name] : undefined) ?? `${host}/${name}`

function ofGithub(issuer: Issuer, claims: z.infer<typeof github>): Said {
  const { repository, ref, sha, run_id: run, run_attempt: attempt, base_ref: base } = claims
  const own = new URL(issuer.issuer).host
  const host = own === 'token.actions.githubusercontent.com' ? 'github.com' : own
  const number = /^refs\/pull\/(\d{1,9})\//.exec(ref)?.[1]
  return {
    repository: addressOf(issuer, repository, host),
    ref,
    ...(number !== undefined && { pullRequest: { number: Number(number), base } }),
    sha,
    run,
    attempt,
    execution: `${run}.${attempt}`,
    url: `https://${host}/${repository}/actions/runs/${run}/attempts/${attempt}`,
    builder: `https://github.com/actions/runner/${claims.runner_environment}`,
  }
}

function ofGitlab(issuer: Issuer, claims: z.infer<typeof gitlab>): Said {
  const { project_path: project, ref, ref_type: type, ref_path: path, sha } = claims
  const number = /^refs\/merge-requests\/(\d{1,9})\//.exec(path ?? '')?.[1]
  const run = claims.pipeline_id
  return {
    repository: addressOf(issuer, project, new URL(issuer.issuer).host),
    ref: path ?? `refs/${type === 'tag' ? 'tags' : 'heads'}/${ref}`,
    ...(number !== undefined && { pullRequest: { number: Number(number), base: '' } }),
    sha,
    run,
    execution: claims.job_id,
    url: `${issuer.issuer}/${project}/-/pipelines/${run}`,
    builder: `${issuer.issuer}/-/runners/${claims.runner_id ?? 'unknown'}`,
  }
}

function ofCircleci(issuer: Issuer, claims: z.infer<typeof circleci>): Said {
  const { 'oidc.circleci.com/vcs-origin': origin, 'oidc.circleci.com/vcs-ref': ref } = claims
  const { repositories } = issuer
  return {
    repository: (Object.hasOwn(repositories, origin) ? repositories[origin] : undefined) ?? origin,
    ref,
    run: claims['oidc.circleci.com/pipeline-id'],
    execution: claims['oidc.circleci.com/job-id'],
    builder: issuer.issuer,
  }
}

function ofBuildkite(issuer: Issuer, claims: z.infer<typeof buildkite>): Said | Refused {
  const { organization_slug: organization, pipeline_slug: pipeline, build_branch: branch } = claims
  if (organization !== issuer.organization)
    return reject(
      'exchange.other-organization',
      `The token is of the organisation ${organization}, not of ${issuer.organization}.`,
      'All organisations of Buildkite share one issuer: add this one to SIGNALBOX_CI_ISSUERS.',
    )
  const number = claims.build_number
  const { build_commit: sha } = claims
  return {
    repository: addressOf(issuer, pipeline, `buildkite.com/${organization}`),
    ref: `refs/heads/${branch}`,
    ...(sha !== undefined && { sha }),
    run: `${pipeline}/${number}`,
    execution: claims.job_id,
    url: `https://buildkite.com/${organization}/${pipeline}/builds/${number}`,
    builder: `https://buildkite.com/${organization}`,
  }
}
