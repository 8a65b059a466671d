/**
 * In which CI system a job runs, by the variables that each sets, and how its token is had there.
 * What nobody signs for is read from the same place.
 */
import { spawnSync } from 'node:child_process'

export type Environment = Readonly<Record<string, string | undefined>>

export interface Said {
  readonly system: string
  readonly sha?: string
  readonly run?: string
  readonly attempt?: number
  readonly execution?: string
  readonly url?: string
}

export interface CiJob {
  readonly said: Said
  /** Undefined: this system signs nothing for its jobs, or was not told to. */
  idToken(audience: string): Promise<string | undefined>
}

/** A program that the agent brings along answers at once, or not at all. */
const ANSWER_MS = 30_000

export function ciJobIn(environment: Environment): CiJob {
  const of = SYSTEMS.find(({ sign }) => isSet(environment[sign]))
  const said = known({ system: of?.system ?? 'other', ...of?.said(environment) })
  return {
    said,
    async idToken(audience) {
      const given = environment['SIGNALBOX_ID_TOKEN']
      return isSet(given) ? given : of?.token?.(environment, audience)
    },
  }
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== ''

/** Without what is not there. */
type MaybeSaid = { readonly [Key in Exclude<keyof Said, 'system'>]?: Said[Key] | undefined }

const known = (said: MaybeSaid & Pick<Said, 'system'>): Said =>
  Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined && value !== ''),
  ) as unknown as Said

interface System {
  readonly system: string
  /** Set in every job of it, and nowhere else. */
  readonly sign: string
  readonly said: (environment: Environment) => MaybeSaid
  readonly token?: (environment: Environment, audience: string) => Promise<string | undefined>
}

const SYSTEMS: readonly System[] = [
  {
    system: 'github',
    sign: 'GITHUB_ACTIONS',
    said: (env) => ({
      sha: env['GITHUB_SHA'],
      run: env['GITHUB_RUN_ID'],
      attempt: Number(env['GITHUB_RUN_ATTEMPT'] ?? 1),
    }),
    token: githubToken,
  },
  {
    system: 'gitlab',
    sign: 'GITLAB_CI',
    said: (env) => ({
      sha: env['CI_COMMIT_SHA'],
      run: env['CI_PIPELINE_ID'],
      execution: env['CI_JOB_ID'],
      url: env['CI_PIPELINE_URL'],
    }),
  },
  {
    system: 'circleci',
    sign: 'CIRCLECI',
    said: (env) => ({
      sha: env['CIRCLE_SHA1'],
      run: env['CIRCLE_PIPELINE_ID'],
      execution: env['CIRCLE_WORKFLOW_JOB_ID'],
      url: env['CIRCLE_BUILD_URL'],
    }),
    token: async (_, audience) =>
      printed('circleci', ['run', 'oidc', 'get', '--claims', JSON.stringify({ aud: audience })]),
  },
  {
    system: 'buildkite',
    sign: 'BUILDKITE',
    said: (env) => ({
      sha: env['BUILDKITE_COMMIT'],
      run: `${env['BUILDKITE_PIPELINE_SLUG'] ?? ''}/${env['BUILDKITE_BUILD_NUMBER'] ?? ''}`,
      execution: env['BUILDKITE_JOB_ID'],
      url: env['BUILDKITE_BUILD_URL'],
    }),
    token: async (_, audience) =>
      printed('buildkite-agent', ['oidc', 'request-token', '--audience', audience]),
  },
  {
    system: 'jenkins',
    sign: 'JENKINS_URL',
    said: (env) => ({
      sha: env['GIT_COMMIT'],
      run: `${env['JOB_NAME'] ?? ''}/${env['BUILD_NUMBER'] ?? ''}`,
      url: env['BUILD_URL'],
    }),
  },
]

/** Its jobs ask for their token at an address of their own; `id-token: write` sets both. */
async function githubToken(env: Environment, audience: string): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: at, ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env
  if (!isSet(at) || !isSet(secret)) return undefined
  const url = new URL(at)
  url.searchParams.set('audience', audience)
  const signal = AbortSignal.timeout(ANSWER_MS)
  const answer = await fetch(url, { headers: { authorization: `Bearer ${secret}` }, signal })
  const { value } = Object(await answer.json()) as { value?: unknown }
  return typeof value === 'string' ? value : undefined
}

function printed(program: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(program, [...args], { encoding: 'utf8', timeout: ANSWER_MS })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}
