/**
 * OTLP/HTTP traces in JSON: spans that follow OpenTelemetry's conventions for CI/CD are runs, tasks
 * and deployments; all others are counted and left alone.
 */
import { z } from 'zod'
import type {
  Delivery,
  DeploymentOutcome,
  Hear,
  Heard,
  Observation,
  RunOutcome,
} from '#insights/ports.ts'
import { repositoryName } from '#kernel/repository-name.ts'
import { environmentKind, nothing, type Reading, sha, text, told } from '../shared/hearing.ts'

const SPANS_MAX = 20_000

const value = z
  .object({
    stringValue: z.string().optional().catch(undefined),
    intValue: z.union([z.string(), z.number()]).optional().catch(undefined),
  })
  .catch({})
const attributes = z
  .array(z.object({ key: z.string(), value }).catch({ key: '', value: {} }))
  .catch([])
  .default([])
  .transform(
    (list) =>
      new Map(
        list.flatMap(({ key, value: { stringValue, intValue } }) => {
          const said = stringValue ?? (intValue === undefined ? undefined : String(intValue))
          return said === undefined || said === '' ? [] : [[key, text(said)] as const]
        }),
      ),
  )
type Attributes = ReadonlyMap<string, string>

const nanos = z.union([z.string().regex(/^\d{1,20}$/), z.number()])
const span = z.object({
  traceId: z.string().regex(/^[0-9a-fA-F]{32}$/),
  spanId: z.string().regex(/^[0-9a-fA-F]{16}$/),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
})
type Span = z.infer<typeof span>

const list = z.array(z.unknown()).catch([]).default([])
const traces = z.object({ resourceSpans: z.array(z.unknown()) })
const resourceSpan = z.object({
  resource: z.object({ attributes }).catch({ attributes: new Map() }).optional(),
  scopeSpans: list,
})
const scopeSpan = z.object({ spans: list })

const OUTCOMES: Readonly<Record<string, RunOutcome>> = {
  success: 'succeeded',
  failure: 'failed',
  timeout: 'failed',
  skip: 'skipped',
  cancellation: 'cancelled',
  error: 'error',
}
const DEPLOYED: Readonly<Record<string, DeploymentOutcome>> = {
  succeeded: 'succeeded',
  failed: 'failed',
}

interface Found {
  readonly span: Span
  readonly resource: Attributes
}

export const hearTraces =
  (reading: Reading): Hear =>
  ({ payload, receivedAt }: Delivery): Heard => {
    const parsed = traces.safeParse(payload)
    if (!parsed.success) return nothing('no resourceSpans')
    const { found, broken } = spansIn(parsed.data.resourceSpans)
    // A task names its run only sometimes; the run's own span of the trace does.
    const runs = new Map(
      found.flatMap(({ span: { traceId, attributes: said } }) => {
        const run = said.get('cicd.pipeline.run.id')
        return run === undefined ? [] : [[traceId, run] as const]
      }),
    )
    const heard = found.map((each) => read(each, { reading, receivedAt, runs }))
    return {
      observations: heard.flatMap(({ observations }) => observations),
      notes: [
        ...heard.flatMap(({ notes }) => notes),
        ...(broken > 0 ? ['span: without ids or times'] : []),
        ...(found.length >= SPANS_MAX ? [`more than ${SPANS_MAX} spans at once`] : []),
      ],
    }
  }

function spansIn(resourceSpans: readonly unknown[]): {
  readonly found: readonly Found[]
  readonly broken: number
} {
  const found: Found[] = []
  let broken = 0
  for (const said of resourceSpans) {
    const parsed = resourceSpan.safeParse(said)
    if (!parsed.success) continue
    const resource = parsed.data.resource?.attributes ?? new Map<string, string>()
    for (const scope of parsed.data.scopeSpans)
      for (const one of scopeSpan.safeParse(scope).data?.spans ?? []) {
        const { success, data } = span.safeParse(one)
        if (!success) broken++
        else if (found.length < SPANS_MAX) found.push({ span: data, resource })
      }
  }
  return { found, broken }
}

interface Around {
  readonly reading: Reading
  readonly receivedAt: number
  readonly runs: ReadonlyMap<string, string>
}

function read(found: Found, around: Around): Heard {
  const facts = factsOf(found, around)
  const deployed = deploymentOf(found, around, facts)
  const ran = runOf(found, around, facts)
  const observations = [deployed, typeof ran === 'string' ? undefined : ran].flatMap((s) => s ?? [])
  const notes = typeof ran === 'string' ? [ran] : []
  return observations.length + notes.length > 0 ? { observations, notes } : nothing('unmapped')
}

/** What a deployment and a run say alike. */
function factsOf({ span: one, resource }: Found, { reading, receivedAt }: Around) {
  const said = (name: string) => one.attributes.get(name) ?? resource.get(name)
  const address = said('vcs.repository.url.full')
  const repository = address === undefined ? undefined : repositoryName(address)
  return {
    said,
    repository,
    service: repository === undefined ? undefined : reading.serviceOf(repository),
    sha: sha(said('vcs.ref.head.revision')),
    startedAt: Math.round(Number(one.startTimeUnixNano) / 1e6),
    id: (what: string) => `span:${one.traceId}:${one.spanId}:${what}`,
    of: {
      source: text(`otlp:${resource.get('service.name') ?? ''}`, 200),
      recordedAt: receivedAt,
      occurredAt: Math.round(Number(one.endTimeUnixNano) / 1e6),
    },
  }
}
type Facts = ReturnType<typeof factsOf>

function deploymentOf(
  { span: one, resource }: Found,
  { reading }: Around,
  { said, service, sha: head, startedAt, id, of }: Facts,
): Observation | undefined {
  const environment = said('deployment.environment.name')
  const outcome = DEPLOYED[one.attributes.get('deployment.status') ?? '']
  if (outcome === undefined || environment === undefined) return undefined
  return told({
    ...of,
    type: 'deployment.finished' as const,
    sourceEventId: id('deployment'),
    deployment: said('deployment.id') ?? text(`otlp/${one.traceId}/${one.spanId}`),
    service: service ?? resource.get('service.name') ?? 'unknown',
    environment,
    environmentKind: environmentKind(reading, environment),
    sha: head,
    outcome,
    startedAt,
  })
}

/** Of a run or of one of its tasks; a text says why it is not one. */
function runOf(
  { span: one }: Found,
  { runs }: Around,
  { said, repository, service, sha: head, startedAt, id, of }: Facts,
): Observation | string | undefined {
  const run = one.attributes.get('cicd.pipeline.run.id') ?? runs.get(one.traceId)
  const isTask = one.attributes.has('cicd.pipeline.task.run.id')
  if (!isTask && !one.attributes.has('cicd.pipeline.run.id')) return undefined
  const result = isTask ? 'cicd.pipeline.task.run.result' : 'cicd.pipeline.result'
  const outcome = OUTCOMES[one.attributes.get(result) ?? '']
  if (outcome === undefined) return 'span: without a result'
  if (run === undefined) return 'span: a task without its run'
  const branch = said('vcs.ref.head.name')
  const about = told({
    ...of,
    run,
    attempt: Number(said('cicd.pipeline.run.attempt') ?? 1) || 1,
    repository,
    service,
    sha: head,
    branch,
    // The conventions do not tell; these names are nothing else anywhere.
    isDefaultBranch: branch === undefined ? undefined : /^(main|master|trunk)$/.test(branch),
    template: said('cicd.pipeline.name'),
    startedAt,
    outcome,
  })
  if (!isTask) return { ...about, type: 'run.finished', sourceEventId: id('finished') }
  return told({
    ...about,
    type: 'task.finished' as const,
    sourceEventId: id('finished'),
    task: said('cicd.pipeline.task.name') ?? 'unknown',
    pool: said('cicd.worker.name'),
  })
}
