/** An issuer as the operator's file has it, and what is signed for any of them. */
import { z } from 'zod'

/** Kinds that are known; each says in words of its own what its jobs are. */
export const KINDS = ['github', 'gitlab', 'circleci', 'buildkite'] as const
export type IssuerKind = (typeof KINDS)[number]

export interface Issuer {
  readonly name: string
  readonly kind: IssuerKind
  /** What `iss` must be, to the letter. */
  readonly issuer: string
  readonly audience: string
  /** Where its keys are; left out: where its discovery document says. */
  readonly jwks?: string | undefined
  readonly algorithms: readonly string[]
  /** Of Buildkite, whose organisations share one issuer. */
  readonly organization?: string | undefined
  /** What the system calls a repository, and the address that services have. */
  readonly repositories: Readonly<Record<string, string>>
}

export const discovery = z.object({
  issuer: z.string().max(1_000),
  jwks_uri: z.url({ protocol: /^https?$/ }).max(2_000),
})

const text = z.string().min(1).max(500)
const id = z.union([text, z.int()]).transform(String)
const commit = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)

/** https://docs.github.com/actions/reference/security/oidc */
export const github = z.object({
  repository: text,
  ref: text,
  sha: commit,
  run_id: id,
  run_attempt: z.coerce.number().int().min(1).max(1_000),
  base_ref: z.string().max(500).default(''),
  runner_environment: text.default('self-hosted'),
})

/** https://docs.gitlab.com/ci/secrets/id_token_authentication */
export const gitlab = z.object({
  project_path: text,
  ref: text,
  ref_type: z.enum(['branch', 'tag']),
  ref_path: text.optional(),
  sha: commit,
  pipeline_id: id,
  job_id: id,
  runner_id: id.optional(),
})

/** https://circleci.com/docs/openid-connect-tokens; it signs no commit. */
export const circleci = z.object({
  'oidc.circleci.com/vcs-origin': text,
  'oidc.circleci.com/vcs-ref': text,
  'oidc.circleci.com/pipeline-id': text,
  'oidc.circleci.com/job-id': text,
})

/** https://buildkite.com/docs/agent/v3/cli-oidc; a build of `HEAD` has no commit yet. */
export const buildkite = z.object({
  organization_slug: text,
  pipeline_slug: text,
  build_number: id,
  build_branch: text,
  build_commit: commit.optional().catch(undefined),
  job_id: text,
})
