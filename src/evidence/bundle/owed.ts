/**
 * What a change owes an auditor, and whether it is there: judged from events that the log is proven
 * to hold and attestations whose signatures hold, never from what a bundle says of itself.
 */
import type { Revealed } from './layout.ts'

export type Owed =
  | 'commit'
  | 'tests'
  | 'sbom'
  | 'provenance'
  | 'scan'
  | 'approval'
  | 'gate'
  | 'change-record'

export interface Finding {
  readonly what: Owed
  readonly state: 'there' | 'missing' | 'not-asked'
  readonly detail: string
}

const SBOM = 'https://cyclonedx.org/bom'
const PROVENANCE = 'https://slsa.dev/provenance/'
const SCAN = /vuln|scan|sast|sca\b/i
const TEST = /test/i

type Data = Revealed['data']
const text = (data: Data | undefined, field: string): string =>
  typeof data?.[field] === 'string' ? data[field] : ''
const object = (data: Data | undefined, field: string): Data => Object(data?.[field]) as Data

export function owedBy(
  events: readonly Revealed[],
  /** Predicate types of what was attested and verified. */
  attested: readonly string[],
): readonly Finding[] {
  const of = (type: string) => events.filter((event) => event.type === type)
  const finished = of('deployment.finished')[0]?.data
  const checks = of('record.checkReceived').map(({ data }) => data)
  const sha = text(finished, 'sha')
  const tests = [
    ...jobsOf(events, TEST),
    ...of('run.jobFinished').filter(({ data }) => data['tests'] !== undefined),
    ...checks.filter((data) => TEST.test(text(data, 'check'))),
  ].length
  const scans = [
    ...jobsOf(events, SCAN),
    ...attested.filter((type) => SCAN.test(type)),
    ...checks.filter((data) => SCAN.test(text(data, 'check'))),
  ].length
  const isBack = ['rollback', 'redeploy'].includes(text(finished, 'kind'))
  return [
    found('commit', sha !== '', sha),
    found('tests', tests > 0, `${tests} results`),
    found('sbom', attested.includes(SBOM), 'attested'),
    found(
      'provenance',
      attested.some((type) => type.startsWith(PROVENANCE)),
      'attested',
    ),
    found('scan', scans > 0, `${scans} results`),
    approvalOf(events, isBack),
    gateOf(events, isBack),
    changeRecordOf(of('release.created')[0]?.data),
  ]
}

/** Jobs that succeeded and were, by the pipeline, a check of that name. */
function jobsOf(events: readonly Revealed[], called: RegExp): readonly string[] {
  const specs = events.flatMap(({ type, data }) =>
    type === 'run.queued' && Array.isArray(data['jobs']) ? (data['jobs'] as Data[]) : [],
  )
  const names = specs.flatMap((spec) =>
    called.test(text(spec, 'check')) ? [text(spec, 'name')] : [],
  )
  return events.flatMap(({ type, data }) =>
    type === 'run.jobFinished' &&
    text(data, 'outcome') === 'succeeded' &&
    names.includes(text(data, 'job'))
      ? [text(data, 'job')]
      : [],
  )
}

const found = (what: Owed, isThere: boolean, detail: string): Finding =>
  isThere ? { what, state: 'there', detail } : { what, state: 'missing', detail: 'none is there' }

function approvalOf(events: readonly Revealed[], isBack: boolean): Finding {
  const planned = events.findLast(({ type }) => /^promotion\.(re)?planned$/.test(type))?.data
  if (planned === undefined)
    return isBack
      ? { what: 'approval', state: 'not-asked', detail: 'it went back to what was approved' }
      : { what: 'approval', state: 'missing', detail: 'there is no promotion' }
  const asked = Number(object(planned, 'approvals')['count'] ?? 0)
  if (asked === 0) return { what: 'approval', state: 'not-asked', detail: 'its policy asks none' }
  const hash = text(planned, 'planHash')
  const approvers = new Set(
    events.flatMap(({ type, data }) =>
      type === 'promotion.approved' && text(data, 'planHash') === hash ? [text(data, 'by')] : [],
    ),
  )
  const detail = `${approvers.size} of ${asked}`
  return { what: 'approval', state: approvers.size >= asked ? 'there' : 'missing', detail }
}

function gateOf(events: readonly Revealed[], isBack: boolean): Finding {
  const judged = events.findLast(({ type }) => type === 'promotion.judged')?.data
  const started = events.some(({ type }) => type === 'promotion.started')
  if (judged !== undefined || started)
    return { what: 'gate', state: 'there', detail: started ? 'let it pass' : 'was judged' }
  return isBack
    ? { what: 'gate', state: 'not-asked', detail: 'it went back to what had passed' }
    : { what: 'gate', state: 'missing', detail: 'no verdict is there' }
}

function changeRecordOf(created: Data | undefined): Finding {
  const commits = Array.isArray(created?.['commits']) ? (created['commits'] as Data[]) : []
  const tickets = commits.flatMap(({ tickets }) =>
    Array.isArray(tickets) ? tickets.filter((each) => typeof each === 'string') : [],
  )
  return tickets.length === 0
    ? { what: 'change-record', state: 'missing', detail: 'no commit names a ticket' }
    : {
        what: 'change-record',
        state: 'there',
        detail: [...new Set(tickets)].join(' ').slice(0, 200),
      }
}
