/**
 * What other CI systems report: a token of their issuer is exchanged for one of ours, and with that
 * a job says how it ended, what its tests did and what it made.
 */
import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Git } from '#catalog/ports.ts'
import { serviceNamed, services } from '#catalog/queries.ts'
import type { Facts } from '#engine/engine.ts'
import type { App, RouteContext } from '#engine/routing.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Begin, ReportedEnd, RunCommand } from '../commands.ts'
import type { IdClaims, Vouched } from '../events/foreign.ts'
import { exchanges } from '../foreign/exchange.ts'
import { jobMeant } from '../foreign/job-name.ts'
import { isSameRepository } from '../foreign/repository.ts'
import type { BlobStore, IdTokens } from '../ports.ts'
import { digest } from '../protocol.ts'
import { exchangeRequest, type ReportRequest, reportRequest } from '../protocol/reports.ts'
import { RESULTS_PACKED_BYTES_MAX } from '../protocol/test-results.ts'
import type { Reporter } from '../queries/reporters.ts'
import { runNamed } from '../queries.ts'
import { attemptOf, beginElsewhere, type Place } from '../reconcilers/begin-elsewhere.ts'
import { runs, type RunState } from '../run.ts'
import { endWith } from '../tests/verdict.ts'
import { judgedNow, readable } from './finish.ts'

export interface ReportNeeds {
  readonly git: Git
  readonly blobs: BlobStore
  readonly idTokens: IdTokens
}

const config = { reports: true }

export function reportRoutes(app: App, context: RouteContext, needs: ReportNeeds): void {
  exchangeRoute(app, context, needs)
  const { blobs } = needs
  app.put(
    '/ci/blobs/:digest',
    { config, schema: { params: z.object({ digest }) }, bodyLimit: RESULTS_PACKED_BYTES_MAX },
    async (request) =>
      blobs.put(request.params.digest, request.body as Readable, RESULTS_PACKED_BYTES_MAX),
  )
  app.post('/ci/jobs', { config, schema: { body: reportRequest } }, async (request, reply) => {
    const place = await placeOf(context, reporterIn(request), request.body)
    if ('rejected' in place) return context.refuse(reply, place)
    return reported(context, needs, { request, reply, place, body: request.body })
  })
}

function reporterIn({ reporter }: FastifyRequest): Reporter {
  if (reporter === undefined) throw new Error('a report was let in without a reporter')
  return reporter
}

function exchangeRoute(app: App, context: RouteContext, { idTokens }: ReportNeeds): void {
  const { engine } = context
  app.post(
    '/ci/exchange',
    { config: { open: true }, schema: { body: exchangeRequest } },
    async (request, reply) => {
      const { token, hash, service: name } = request.body
      const claims = await idTokens.verify(token)
      if ('rejected' in claims) return context.refuse(reply, claims)
      const found = await serviceFor(context, claims, name)
      if ('rejected' in found) return context.refuse(reply, found)
      const by = `ci.${claims.issuer}`
      const asked = { by, hash, claims, service: found }
      const done = await engine.execute(
        exchanges,
        claims.id,
        async () => ({ type: 'exchange.grant', at: context.now(), ...asked }) as const,
        { actor: SYSTEM },
      )
      if (done.rejected) return context.refuse(reply, done)
      return reply.code(201).header('cache-control', 'no-store').send({ by, service: found.name })
    },
  )
}

type NoService = Rejection<'exchange.which-service' | 'exchange.no-service'>

/** The one that was named, or the only one of the repository. */
async function serviceFor({ engine }: RouteContext, claims: IdClaims, name: string | undefined) {
  if (name !== undefined) {
    const one = await serviceNamed(engine.reads, name)
    if (one !== undefined) return one
  }
  const all = await services(engine.reads)
  const ours = all.filter(({ source }) => isSameRepository(claims.repository, source.repository))
  const [first, ...others] = ours
  if (name === undefined && first !== undefined && others.length === 0) return first
  // Nothing of what there is is told to who has not shown that it is theirs.
  const names = ours.map((each) => each.name).join(', ')
  const answer: NoService =
    first === undefined
      ? reject(
          'exchange.no-service',
          `No service here is built from ${claims.repository}.`,
          'Apply its manifest first, or map its repository in the file of SIGNALBOX_CI_ISSUERS.',
        )
      : reject(
          'exchange.which-service',
          `${claims.repository} has the services ${names}.`,
          'Name one of them: `--service`.',
        )
  return answer
}

type NoPlace = Rejection<
  | 'report.service-unknown'
  | 'report.other-service'
  | 'report.says-too-little'
  | 'report.other-commit'
>

/** What is reported on: what was signed for, and for the rest what the job says. */
async function placeOf(
  { engine }: RouteContext,
  { vouched, service: scope, actor }: Reporter,
  body: ReportRequest,
): Promise<Place | NoPlace> {
  const only = vouched?.service ?? scope
  const name = body.service ?? only
  if (name === undefined) return saysTooLittle('service')
  if (only !== undefined && name !== only) return otherService(only, name)
  const service = await serviceNamed(engine.reads, name)
  if (service === undefined)
    return reject('report.service-unknown', `There is no service ${name}.`, 'Apply it first.')
  const { said } = body
  if (vouched !== undefined) {
    const sha = vouched.sha ?? said?.sha
    if (sha === undefined) return saysTooLittle('said.sha')
    if (said?.sha !== undefined && said.sha !== sha) return otherCommit(sha, said.sha)
    const { branch, pullRequest, origin, execution } = vouched
    return { service, sha, branch, pullRequest, origin, execution }
  }
  if (said?.sha === undefined) return saysTooLittle('said.sha')
  if (said.run === undefined) return saysTooLittle('said.run')
  const { run, sha, attempt, url, system = 'other' } = said
  const builder = said.url ?? `urn:signalbox:account:${actor.id}`
  const origin: Vouched['origin'] = { system, issuer: null, run, builder, vouched: [] }
  const counted = { ...origin, ...(attempt !== undefined && { attempt }), ...(url && { url }) }
  const execution = said.execution ?? `${run}.${attempt ?? 1}`
  return { service, sha, branch: service.source.branch, origin: counted, execution }
}

const saysTooLittle = (what: string): NoPlace =>
  reject(
    'report.says-too-little',
    `Nobody signed for ${what}, and the report does not say it.`,
    'Let `signalbox ci report` fill it in, or give it by hand: see its --help.',
  )

const otherService = (only: string, name: string): NoPlace =>
  reject(
    'report.other-service',
    `This token reports on ${only}, not on ${name}.`,
    'Exchange, or issue, another one.',
  )

const otherCommit = (signed: string, said: string): NoPlace =>
  reject(
    'report.other-commit',
    `The issuer signed for commit ${signed}, and the job says ${said}.`,
    'Leave the commit out: the signed one is taken.',
  )

async function reported(
  context: RouteContext,
  { git, blobs }: ReportNeeds,
  at: {
    readonly request: FastifyRequest
    readonly reply: FastifyReply
    readonly place: Place
    readonly body: ReportRequest
  },
) {
  const { engine } = context
  const { request, reply, place, body } = at
  const attempt = await attemptOf(engine, place, body)
  const begin = attempt.row === undefined ? await beginElsewhere(git, place, attempt) : undefined
  if (begin !== undefined && 'rejected' in begin) return context.refuse(reply, begin)
  const results = body.testResults && (await readable(blobs, body.testResults))
  const asked = context.request(request)
  const done = await engine.execute(
    runs,
    attempt.id,
    async ({ state, reads }: Facts<RunState>): Promise<ReportJob> => {
      const command = commandOf(context.now(), { by: asked.actor.id, place, body, begin, state })
      if (!results) return command
      const { name: service } = place.service
      const judged = await judgedNow({ reads, service, results, now: command.at })
      // A failure that is passed over here has stopped what comes after it there all the same.
      const spec = { outputs: [], flaky: { rerunFailed: 0, quarantine: 'ignore' } } as const
      return { ...command, end: endWith(command.end, spec, judged) }
    },
    asked,
  )
  if (done.rejected) return context.refuse(reply, done)
  const row = await runNamed(engine.reads, attempt.id)
  return { run: attempt.id, attempt: attempt.attempt, outcome: row?.outcome ?? 'running' }
}

type ReportJob = Extract<RunCommand, { type: 'run.reportJob' }>

function commandOf(
  at: number,
  about: {
    readonly by: string
    readonly place: Place
    readonly body: ReportRequest
    readonly begin: Begin | undefined
    readonly state: RunState
  },
): ReportJob {
  const { by, place, body, begin, state } = about
  const { outcome, exitCode, durationMs, tests, testResults, artifacts: made } = body
  const specs = begin?.jobs ?? state.jobs.map(({ spec }) => spec)
  const isRed = outcome === 'failed' && (tests?.failed ?? 0) > 0
  const reasons = { failed: isRed ? 'tests' : 'script', timedOut: 'timeout.wall' } as const
  const reason = outcome === 'failed' || outcome === 'timedOut' ? reasons[outcome] : undefined
  const end: ReportedEnd = {
    outcome,
    durationMs,
    ...(reason !== undefined && { reason }),
    ...(exitCode !== undefined && { exitCode }),
    ...(tests !== undefined && { tests }),
    ...(testResults !== undefined && { testResults }),
    ...(made.length > 0 && { made }),
  }
  return {
    type: 'run.reportJob',
    at,
    by,
    ...(begin !== undefined && { begin }),
    job: jobMeant(specs, body),
    execution: place.execution,
    startedAt: at - durationMs,
    end,
  }
}
