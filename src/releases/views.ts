/** Releases, what was passed over, and the calendar, as pages and other rooms ask for them. */
import { defineView, type View } from '#engine/views.ts'
import type {
  BadCommitEvent,
  CandidateEvent,
  CompatibilityFacts,
  FreezeEvent,
  ReleasedCommit,
  ReleaseEvent,
  SchemaFacts,
  Urgency,
  WindowEvent,
  WindowSpec,
} from './events.ts'
import { EVERYWHERE } from './release.ts'

export interface Veto {
  /** An environment, `*` for all. */
  readonly environment: string
  readonly reason: string
  readonly by: string
  readonly at: number
  /** The bad commit that it holds, when that is why. */
  readonly commit?: string | undefined
}

/** One that is good again has no row any more. */
export interface BadCommitRow {
  readonly sha: string
  /** `*` for all. */
  readonly environment: string
  readonly reason: string
  readonly by: string
  readonly at: number
}

export interface ReleaseRow {
  readonly release: string
  readonly service: string
  readonly version: string
  readonly tag: string
  readonly artifact: string
  readonly repository: string
  readonly sha: string
  readonly run: string
  /** The release before it on this line. */
  readonly previous: string | null
  /** Releases that ended other lines, which were merged into this one. */
  readonly merges: string[]
  readonly commitCount: number
  readonly commits: ReleasedCommit[]
  /** There are older ones that are new in it. */
  readonly commitsCut: boolean
  readonly changelog: string
  readonly createdAt: number
  /** Environments it is bad for, `*` for all. */
  readonly vetoes: string[]
  readonly vetoDetails: Veto[]
  /** Null: the service declared no schema when it was made. */
  readonly schema: SchemaFacts | null
  readonly compatibility: CompatibilityFacts | null
  /** For the people it reaches, in Markdown; null: nobody wrote any. */
  readonly notes: ReleaseNotes | null
}

export interface ReleaseNotes {
  readonly text: string
  readonly by: string
  readonly at: number
}

export interface PassedOverRow {
  readonly artifact: string
  readonly service: string
  readonly sha: string
  readonly reason: CandidateEvent['reason']
  readonly at: number
}

export interface FreezeRow {
  readonly freeze: string
  readonly environments: string[]
  readonly services: string[]
  readonly reason: string
  readonly startsAt: number
  /** The instant itself is outside. */
  readonly endsAt: number
  readonly urgency: Urgency
  /** Who answers for blocking rollbacks too; null: it does not. */
  readonly owner: string | null
  readonly by: string
  readonly liftedAt: number | null
  readonly liftedBy: string | null
}

/** One that was withdrawn has no row any more. */
export interface WindowRow {
  readonly window: string
  readonly spec: WindowSpec
  readonly by: string
  readonly appliedAt: number
}

const releasesView = defineView<ReleaseRow, ReleaseEvent>({
  name: 'releases',
  version: 6,
  reads: ['release'],
  columns: {
    release: 'text',
    service: 'text',
    version: 'text',
    tag: 'text',
    artifact: 'text',
    repository: 'text',
    sha: 'text',
    run: 'text',
    previous: 'text',
    merges: 'text[]',
    commitCount: 'integer',
    commits: 'jsonb',
    commitsCut: 'boolean',
    changelog: 'text',
    createdAt: 'timestamptz',
    vetoes: 'text[]',
    vetoDetails: 'jsonb',
    schema: 'jsonb',
    compatibility: 'jsonb',
    notes: 'jsonb',
  },
  key: ['release'],
  indexes: [['service', 'createdAt'], ['createdAt'], ['artifact'], ['sha'], ['version'], ['tag']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'release.created') return created(id, event)
    if (row === undefined || event.type === 'release.tagged') return row
    if (event.type === 'release.noted') {
      const { notes: text, by, at } = event
      return { ...row, notes: text === '' ? null : { text, by, at } }
    }
    const environment = event.environment ?? EVERYWHERE
    const others = row.vetoDetails.filter((each) => each.environment !== environment)
    const { reason, by, at, commit } = event
    const veto = { environment, reason, by, at, ...(commit !== undefined && { commit }) }
    const vetoDetails = event.type === 'release.vetoed' ? [...others, veto] : others
    return { ...row, vetoDetails, vetoes: vetoDetails.map((each) => each.environment) }
  },
})

function created(
  release: string,
  event: Extract<ReleaseEvent, { type: 'release.created' }>,
): ReleaseRow {
  const { service, version, tag, artifact, repository, sha, run, changelog } = event
  return {
    release,
    service,
    version,
    tag,
    artifact,
    repository,
    sha,
    run,
    changelog,
    previous: event.previous?.release ?? null,
    merges: [...(event.merges ?? [])],
    commitCount: event.commits.length,
    commits: [...event.commits],
    commitsCut: event.commitsCut === true,
    createdAt: event.at,
    vetoes: [],
    vetoDetails: [],
    schema: event.schema ?? null,
    compatibility: event.compatibility ?? null,
    notes: null,
  }
}

const passedOverView = defineView<PassedOverRow, CandidateEvent>({
  name: 'passed_over',
  version: 1,
  reads: ['candidate'],
  columns: {
    artifact: 'text',
    service: 'text',
    sha: 'text',
    reason: 'text',
    at: 'timestamptz',
  },
  // An artifact is of one service, so its row is fed by that service's stream alone.
  key: ['artifact'],
  indexes: [['service', 'at'], ['sha']],
  rows: ({ event }) => [[event.artifact]],
  fold(_, { event: { artifact, service, sha, reason, at } }) {
    return { artifact, service, sha, reason, at }
  },
})

const freezesView = defineView<FreezeRow, FreezeEvent>({
  name: 'freezes',
  version: 3,
  reads: ['freeze'],
  columns: {
    freeze: 'text',
    environments: 'text[]',
    services: 'text[]',
    reason: 'text',
    startsAt: 'timestamptz',
    endsAt: 'timestamptz',
    urgency: 'text',
    owner: 'text',
    by: 'text',
    liftedAt: 'timestamptz',
    liftedBy: 'text',
  },
  key: ['freeze'],
  indexes: [['endsAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'freeze.lifted')
      return row && { ...row, liftedAt: event.at, liftedBy: event.by }
    const {
      environments,
      services,
      reason,
      startsAt,
      endsAt,
      urgency = 'planned',
      by,
      hard,
    } = event
    return {
      freeze: id,
      environments: [...environments],
      services: [...services],
      reason,
      startsAt,
      endsAt,
      urgency,
      owner: hard?.owner ?? null,
      by,
      liftedAt: null,
      liftedBy: null,
    }
  },
})

const windowsView = defineView<WindowRow, WindowEvent>({
  name: 'windows',
  version: 1,
  reads: ['window'],
  columns: { window: 'text', spec: 'jsonb', by: 'text', appliedAt: 'timestamptz' },
  key: ['window'],
  rows: ({ id }) => [[id]],
  fold: (_, { event, id }) =>
    event.type === 'window.withdrawn'
      ? undefined
      : { window: id, spec: event.spec, by: event.by, appliedAt: event.at },
})

/** A bad commit whose change was looked for in what was released already. */
export interface ComparedRow {
  readonly sha: string
  readonly undoneBy: readonly string[]
  readonly repeatedBy: readonly string[]
}

const badCommitsView = defineView<BadCommitRow, BadCommitEvent>({
  name: 'bad_commits',
  version: 1,
  reads: ['commit'],
  columns: { sha: 'text', environment: 'text', reason: 'text', by: 'text', at: 'timestamptz' },
  key: ['sha', 'environment'],
  rows: ({ event }) => (event.type === 'commit.compared' ? [] : [[event.sha, event.environment]]),
  fold(row, { event }) {
    if (event.type === 'commit.compared') return row
    const { type, sha, environment, reason, by, at } = event
    return type === 'commit.vetoed' ? { sha, environment, reason, by, at } : undefined
  },
})

const comparedView = defineView<ComparedRow, BadCommitEvent>({
  name: 'compared_commits',
  version: 1,
  reads: ['commit'],
  columns: { sha: 'text', undoneBy: 'jsonb', repeatedBy: 'jsonb' },
  key: ['sha'],
  rows: ({ id }) => [[id]],
  fold(row, { event }) {
    if (event.type === 'commit.unvetoed') return undefined
    if (event.type !== 'commit.compared') return row
    const { sha, undoneBy, repeatedBy } = event
    return { sha, undoneBy, repeatedBy }
  },
})

export const views: readonly View[] = [
  releasesView,
  passedOverView,
  freezesView,
  windowsView,
  badCommitsView,
  comparedView,
]
