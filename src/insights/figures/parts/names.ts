/**
 * By which names observations hang together: what shares none with the rest is a part of the log
 * whose facts nothing else changes. Too many names only make a part larger than it needs to be; one
 * too few would make a figure wrong, and a law looks for that.
 */
import type { Observation, ObservationType } from '../../observations/observation.ts'

type Kind = 'service' | 'repository' | 'deployment' | 'commit' | 'digest' | 'incident' | 'run'
export type Name = `${Kind} ${string}`

/** Of these some are of everything at once: each part is counted with all of them. */
export const COMMON: readonly ObservationType[] = ['environment.changed', 'release.published']
export const isCommon = (one: Observation) =>
  one.type === 'environment.changed' ||
  (one.type === 'release.published' && one.service === undefined)

/** Facts are put together from these; the others are facts as they stand. */
const LINKED: ReadonlySet<ObservationType> = new Set<ObservationType>([
  ...(['service.registered', 'service.changed', 'commit.pushed', 'release.published'] as const),
  ...(['change.opened', 'change.reviewed', 'change.merged', 'change.closed'] as const),
  ...(['run.queued', 'run.started', 'run.finished', 'artifact.published'] as const),
  ...(['deployment.started', 'deployment.step', 'deployment.finished'] as const),
  ...(['deployment.voided', 'deployment.amended'] as const),
  ...(['incident.opened', 'incident.causeLinked', 'incident.mitigated'] as const),
  ...(['incident.resolved', 'incident.voided'] as const),
])

/** Figures ask for these as they were told. */
export const ASKED: readonly ObservationType[] = [
  ...(['change.opened', 'change.merged', 'artifact.published', 'gate.evaluated'] as const),
  ...(['task.finished', 'tests.reported', 'failure.diagnosed', 'snapshot.observed'] as const),
  ...(['vuln.detected', 'vuln.cleared', 'vuln.assessed', 'template.applied'] as const),
  ...(['runbook.reviewed', 'runbook.updated', 'drill.completed', 'probe.sampled'] as const),
  ...(['ticket.opened', 'ticket.closed', 'survey.sent', 'survey.responded'] as const),
  'environment.changed',
  ...(['artifact.scanned', 'promotion.planned', 'release.published', 'run.queued'] as const),
]

const KINDS = [
  ['service', 'service'],
  ['run', 'run'],
  ['repository', 'repository'],
  ['deployment', 'deployment'],
  ['remediates', 'deployment'],
  ['undoes', 'deployment'],
  ['incident', 'incident'],
  ['sha', 'commit'],
  ['mergeSha', 'commit'],
  ['before', 'commit'],
  ['after', 'commit'],
  ['digest', 'digest'],
] as const satisfies readonly (readonly [field: string, kind: Kind])[]

/** Enough to be found by where facts are put together; none: it is of nobody. */
export function namesOf(one: Observation): readonly Name[] {
  if (!LINKED.has(one.type)) return fieldsOf(one, KINDS.slice(0, 2))
  const names = fieldsOf(one, KINDS)
  if (one.type === 'deployment.amended') names.push(...fieldsOf(one.set, KINDS))
  if (one.type === 'commit.pushed')
    for (const { sha, parents = [], message } of one.commits) {
      names.push(`commit ${sha}`)
      for (const parent of parents) names.push(`commit ${parent}`)
      if (message !== undefined) names.push(...mentionedIn(message))
    }
  return names
}

function fieldsOf(one: object, kinds: readonly (readonly [string, Kind])[]): Name[] {
  const names: Name[] = []
  for (const [field, kind] of kinds) {
    const said = (one as Readonly<Record<string, unknown>>)[field]
    // A branch that begins has a name of zeros before it, which is no commit.
    if (typeof said === 'string' && !(kind === 'commit' && ZEROS.test(said)))
      names.push(`${kind} ${said}`)
  }
  return names
}

const ZEROS = /^0*$/
const MENTIONED = /(?:cherry picked from|This reverts) commit ([0-9a-zA-Z_.-]{1,64})/g

/** Copies and reverts; with and without what may be the end of a sentence. */
function mentionedIn(message: string): readonly Name[] {
  return [...message.matchAll(MENTIONED)].flatMap(([, name = '']): readonly Name[] => [
    `commit ${name}`,
    `commit ${/^[0-9a-zA-Z_-]*/.exec(name)?.[0] ?? ''}`,
  ])
}
