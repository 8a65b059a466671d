/**
 * What may be told of each type: the fields, what they hold, which must be there, by what other
 * names tools call them. Names are compared without case, `_` and `-`, and an `is` or `has` in
 * front may be left out, so that `isConfirmed`, `is_confirmed` and `confirmed` are one.
 */
import type { ObservationType } from './observation.ts'

export type Kind =
  | 'text'
  | 'instant'
  | 'count'
  | 'amount'
  | 'flag'
  | 'list'
  | 'commits'
  | 'tests'
  | 'set'
  | 'path'
  | Words
/** One of these words; by what else it is called. */
export type Words = Readonly<Record<string, readonly string[]>>

export interface Field {
  readonly name: string
  readonly kind: Kind
  readonly isRequired: boolean
  readonly also: readonly string[]
}

const field =
  (kind: Kind, isRequired: boolean) =>
  (name: string, ...also: string[]): Field => ({ name, kind, isRequired, also })
const must = field('text', true)
const text = field('text', false)
const instant = field('instant', false)
const count = field('count', false)
const amount = field('amount', false)
const flag = field('flag', false)
const list = field('list', false)
const words = (kind: Words) => field(kind, false)
const mustWords = (kind: Words) => field(kind, true)
const needs = (kind: Kind) => field(kind, true)

const ENVIRONMENTS: Words = {
  production: ['prod', 'prd', 'live'],
  staging: ['stage', 'preprod', 'preproduction'],
  test: ['testing', 'qa'],
  development: ['dev'],
}
const KINDS: Words = {
  normal: ['forward', 'standard', 'regular'],
  hotfix: [],
  rollback: ['revert'],
  redeploy: ['redeployment', 'restart'],
  config: ['configuration'],
  flag: ['featureflag'],
  infra: ['infrastructure'],
}
const OUTCOMES: Words = {
  succeeded: ['success', 'successful', 'ok', 'pass', 'passed'],
  failed: ['failure', 'fail', 'error'],
  timedOut: ['timeout'],
  abortedByAnalysis: ['aborted', 'abort', 'rolledback'],
  rejectedByGate: ['rejected', 'denied', 'blocked'],
  cancelledByUser: ['cancel', 'canceled', 'cancelled', 'canceledbyuser'],
  superseded: [],
}
const RUN_OUTCOMES: Words = {
  succeeded: ['success', 'successful', 'ok', 'pass', 'passed', 'green'],
  failed: ['failure', 'fail', 'timedout', 'timeout', 'red'],
  error: ['errored', 'startupfailure'],
  cancelled: ['cancel', 'canceled', 'cancelledbyuser', 'canceledbyuser', 'aborted'],
  superseded: [],
  skipped: ['skip', 'neutral'],
}
const STRATEGIES: Words = {
  rolling: ['rollingupdate'],
  canary: ['progressive'],
  blueGreen: ['bluegreen'],
  flag: ['featureflag'],
  recreate: [],
  waves: ['wave'],
}
const VERDICTS: Words = {
  passed: ['pass', 'success', 'allow'],
  failed: ['fail', 'failure', 'deny'],
  skipped: ['skip', 'notrun'],
  waived: ['waive'],
}
const REVIEWS: Words = {
  approved: ['approve'],
  changesRequested: ['requestchanges', 'rejected'],
  commented: ['comment'],
  dismissed: ['dismiss', 'unapproved'],
}

const service = text('service', 'serviceId', 'serviceName')
const mustService = must('service', 'serviceId', 'serviceName')
const sha = text('sha', 'commit', 'commitSha', 'headSha', 'revision')
const CHANGE = [
  must('repository', 'repo'),
  must('change', 'changeId', 'number', 'pullRequest', 'mergeRequest', 'pr', 'iid'),
  text('author'),
]
const RUN = [
  must('run', 'runId', 'pipelineRun', 'pipelineRunId'),
  count('attempt', 'runAttempt'),
  text('repository', 'repo'),
  service,
  sha,
  text('branch', 'headBranch', 'ref'),
  flag('isDefaultBranch'),
  text('trigger', 'event'),
  text('template'),
]
const deployment = must('deployment', 'deploymentId', 'deployId')
const PUT = [
  text('digest', 'artifactDigest', 'artifact'),
  text('configDigest'),
  text('version'),
  text('plan', 'planId'),
  list('tickets'),
  text('remediates', 'fixes'),
  text('undoes', 'rollsBack'),
  flag('isUnplanned'),
  text('causedByIncident', 'causedBy', 'incident', 'incidentId'),
  count('tier', 'serviceTier'),
  words(KINDS)('kind', 'deploymentKind'),
  words(ENVIRONMENTS)('environmentKind', 'environmentTier', 'envKind'),
  sha,
]
const DEPLOYMENT = [deployment, mustService, must('environment', 'env', 'environmentName'), ...PUT]
export const AMENDABLE: readonly Field[] = [
  service,
  text('environment', 'env', 'environmentName'),
  ...PUT,
  words(OUTCOMES)('outcome', 'status', 'state', 'result'),
  instant('finishedAt', 'occurredAt'),
]
const incident = must('incident', 'incidentId')
const SERVICE = [
  mustService,
  count('tier', 'serviceTier'),
  text('owner'),
  text('team'),
  text('repository', 'repo'),
  list('paths', 'pathGlobs'),
  list('dependsOn', 'dependencies'),
  flag('isActive'),
  text('zone', 'timeZone', 'timezone'),
]
const VULNERABILITY = [
  must('cve', 'vulnerability', 'advisory'),
  mustWords({ critical: [], high: [], medium: ['moderate'], low: [] })('severity'),
  mustService,
  instant('publishedAt'),
  list('digests'),
]
const TICKET = [must('ticket', 'ticketId'), text('class'), list('labels'), flag('isReopened')]
const RUNBOOK = [
  mustService,
  must('runbook', 'runbookId'),
  words({ rollback: [], other: [] })('kind'),
]

export const FIELDS: Readonly<Record<ObservationType, readonly Field[]>> = {
  'service.registered': SERVICE,
  'service.changed': SERVICE,
  'environment.changed': [
    must('environment', 'env', 'environmentName'),
    mustWords(ENVIRONMENTS)('kind', 'environmentKind', 'tier'),
  ],
  'commit.pushed': [
    must('repository', 'repo'),
    must('ref', 'branch'),
    text('before'),
    must('after', 'head', 'headSha'),
    needs('commits')('commits'),
  ],
  'change.opened': [...CHANGE, flag('isDraft')],
  'change.reviewed': [
    ...CHANGE,
    mustWords(REVIEWS)('verdict', 'state', 'decision'),
    sha,
    text('by', 'reviewer'),
  ],
  'change.merged': [
    ...CHANGE,
    must('mergeSha', 'mergeCommitSha', 'mergeCommit', 'sha'),
    text('headSha', 'head'),
    words({ merge: [], squash: [], rebase: [] })('method', 'mergeMethod'),
    instant('firstCommitAt'),
    text('by', 'mergedBy'),
  ],
  'change.closed': CHANGE,
  'release.published': [
    text('repository', 'repo'),
    service,
    must('version', 'tag'),
    must('sha', 'commit'),
    text('release', 'releaseId'),
    text('run', 'runId'),
    list('tickets'),
  ],
  'run.queued': RUN,
  'run.started': RUN,
  'run.finished': [
    ...RUN,
    mustWords(RUN_OUTCOMES)('outcome', 'conclusion', 'status', 'result'),
    flag('isManualRetry', 'manual'),
    instant('queuedAt'),
    instant('startedAt'),
    instant('artifactAt', 'artifactPublishedAt'),
    amount('humanWaitMs'),
  ],
  'task.finished': [
    ...RUN,
    must('task', 'taskId', 'job', 'name'),
    mustWords(RUN_OUTCOMES)('outcome', 'conclusion', 'status', 'result'),
    instant('queuedAt'),
    instant('startedAt'),
    list('needs', 'dependsOn'),
    text('pool', 'runnerPool'),
  ],
  'tests.reported': [
    ...RUN,
    text('configuration', 'config', 'suite'),
    needs('tests')('tests', 'results'),
    count('executed'),
  ],
  'failure.diagnosed': [
    must('run', 'runId'),
    must('class', 'cause'),
    text('task', 'taskId', 'job'),
    flag('isConfirmed'),
    text('by'),
  ],
  'artifact.published': [
    text('service', 'serviceId', 'serviceName'),
    must('digest', 'artifactDigest', 'artifact'),
    sha,
    text('run', 'runId'),
    flag('hasProvenance'),
    list('components'),
  ],
  'artifact.scanned': [mustService, must('digest', 'artifactDigest', 'artifact')],
  'promotion.planned': [
    must('promotion', 'promotionId'),
    mustService,
    must('environment', 'env', 'environmentName'),
    must('release', 'releaseId'),
  ],
  'gate.evaluated': [
    must('run', 'runId'),
    service,
    must('check'),
    mustWords(VERDICTS)('verdict', 'outcome', 'result'),
    list('required', 'requiredChecks'),
  ],
  'deployment.started': [...DEPLOYMENT, words(STRATEGIES)('strategy')],
  'deployment.step': [
    ...DEPLOYMENT,
    field('amount', true)('exposurePct', 'exposure', 'exposurePercent', 'weight'),
  ],
  'deployment.finished': [
    ...DEPLOYMENT,
    mustWords(OUTCOMES)('outcome', 'status', 'state', 'result'),
    text('reason'),
    words(STRATEGIES)('strategy'),
    instant('startedAt'),
    flag('isExposed'),
    count('attempt'),
  ],
  'deployment.voided': [deployment, text('reason')],
  'deployment.amended': [deployment, text('reason'), needs('set')('set')],
  'incident.opened': [
    incident,
    service,
    text('environment', 'env'),
    count('severity'),
    instant('impactStartedAt', 'startedAt', 'impactStart'),
    text('title', 'summary'),
  ],
  'incident.causeLinked': [incident, deployment, flag('isConfirmed')],
  'incident.mitigated': [incident],
  'incident.resolved': [incident],
  'incident.voided': [incident, text('reason')],
  'vuln.detected': VULNERABILITY,
  'vuln.cleared': VULNERABILITY.map((one) =>
    one.name === 'severity' ? { ...one, isRequired: false } : one,
  ),
  'vuln.assessed': [
    must('cve', 'vulnerability', 'advisory'),
    mustService,
    mustWords({
      notAffected: [],
      affected: ['exploitable'],
      fixed: ['resolved'],
      underInvestigation: ['intriage'],
    })('status'),
  ],
  'ticket.opened': TICKET,
  'ticket.closed': TICKET,
  'runbook.reviewed': RUNBOOK,
  'runbook.updated': RUNBOOK,
  'drill.completed': [
    mustService,
    mustWords({ rollback: [], other: [] })('drill', 'drillType', 'kind'),
    mustWords({ pass: ['passed', 'success', 'succeeded'], fail: ['failed', 'failure'] })(
      'result',
      'outcome',
    ),
  ],
  'template.applied': [
    mustService,
    must('template'),
    needs('text')('version'),
    flag('isCompliant'),
  ],
  'survey.sent': [must('survey', 'surveyId'), field('count', true)('invited', 'recipients')],
  'survey.responded': [must('survey', 'surveyId'), field('amount', true)('score', 'rating')],
  'probe.sampled': [
    must('pool', 'runnerPool'),
    field('flag', true)('isGood', 'ok'),
    flag('inMaintenance', 'maintenance'),
  ],
  'snapshot.observed': [
    must('environment', 'env', 'environmentName'),
    mustService,
    field('list', true)('digests', 'running'),
  ],
}

/** Of the names that files use, which are few; others are made plain each time. */
const known = new Map<string, string>()
const KNOWN_MAX = 5_000

/** As names are compared. */
export function plain(name: string): string {
  const before = known.get(name)
  if (before !== undefined) return before
  const made = name.toLowerCase().replaceAll(/[\s_.-]/g, '')
  if (known.size < KNOWN_MAX && name.length < 60) known.set(name, made)
  return made
}

/** Other words for a type, after `plain`. */
export const TYPES: ReadonlyMap<string, ObservationType> = new Map([
  ...(Object.keys(FIELDS) as ObservationType[]).map((type) => [plain(type), type] as const),
  ['changeabandoned', 'change.closed'],
  ['changecreated', 'change.opened'],
  ['pipelinerunqueued', 'run.queued'],
  ['pipelinerunstarted', 'run.started'],
  ['pipelinerunfinished', 'run.finished'],
  ['taskrunfinished', 'task.finished'],
  ['incidentdetected', 'incident.opened'],
  ['incidentlinked', 'incident.causeLinked'],
  ['vulnerabilitydetected', 'vuln.detected'],
  ['vulnerabilitycleared', 'vuln.cleared'],
  ['vulnerabilityassessed', 'vuln.assessed'],
  ['ticketcreated', 'ticket.opened'],
])

/** Names by which a field may be called, plain, and the field. */
export function namesOf(fields: readonly Field[]): ReadonlyMap<string, Field> {
  const names = new Map<string, Field>()
  const add = (name: string, field: Field) => {
    if (!names.has(name)) names.set(name, field)
  }
  for (const field of fields) add(plain(field.name), field)
  for (const field of fields) {
    const bare = /^(?:is|has)(.+)/.exec(plain(field.name))?.[1]
    if (bare !== undefined && /^(is|has)[A-Z]/.test(field.name)) add(bare, field)
    for (const also of field.also) add(plain(also), field)
  }
  return names
}
