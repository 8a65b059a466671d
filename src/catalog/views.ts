/** Services, environments and commits as the other rooms ask for them. */
import { defineView, type View } from '#engine/views.ts'
import type {
  EnvironmentEvent,
  EnvironmentSpec,
  RepositoryEvent,
  ServiceEvent,
  ServiceSpec,
} from './events.ts'

export interface ServiceRow {
  readonly name: string
  readonly repository: string
  readonly branch: string
  readonly tier: number
  readonly owner: string
  readonly spec: ServiceSpec
  readonly changed_at: number
}

export interface EnvironmentRow {
  readonly name: string
  readonly spec: EnvironmentSpec
}

/** A commit on a branch: what one branch has had long ago is news to those who follow another. */
export interface CommitRow {
  readonly repository: string
  readonly sha: string
  readonly branch: string
  readonly author_name: string
  readonly author_email: string
  readonly committer_email: string
  readonly subject: string
  readonly authored_at: number
  readonly committed_at: number
  /** When the branch first had it. */
  readonly pushed_at: number
  readonly paths: string[]
  readonly paths_cut: boolean
}

export interface BranchRow {
  readonly repository: string
  readonly branch: string
  /** The last commit recorded; empty before the first. */
  readonly head: string
  readonly pushed_at: number
  /** Why the last push could not be looked up. */
  readonly trouble: string | null
}

const servicesView = defineView<ServiceRow, ServiceEvent>({
  name: 'services',
  version: 1,
  reads: ['service'],
  columns: {
    name: 'text',
    repository: 'text',
    branch: 'text',
    tier: 'integer',
    owner: 'text',
    spec: 'jsonb',
    changed_at: 'timestamptz',
  },
  key: ['name'],
  indexes: [['repository', 'branch']],
  rows: ({ id }) => [[id]],
  fold: (_, { event: { spec, at } }) => ({
    name: spec.name,
    repository: spec.source.repository,
    branch: spec.source.branch,
    tier: spec.tier,
    owner: spec.owner,
    spec,
    changed_at: at,
  }),
})

const environmentsView = defineView<EnvironmentRow, EnvironmentEvent>({
  name: 'environments',
  version: 1,
  reads: ['environment'],
  columns: { name: 'text', spec: 'jsonb' },
  key: ['name'],
  rows: ({ id }) => [[id]],
  fold: (_, { event: { spec } }) => ({ name: spec.name, spec }),
})

const commitsView = defineView<CommitRow, RepositoryEvent>({
  name: 'commits',
  version: 2,
  reads: ['repository'],
  columns: {
    repository: 'text',
    sha: 'text',
    branch: 'text',
    author_name: 'text',
    author_email: 'text',
    committer_email: 'text',
    subject: 'text',
    authored_at: 'timestamptz',
    committed_at: 'timestamptz',
    pushed_at: 'timestamptz',
    paths: 'text[]',
    paths_cut: 'boolean',
  },
  key: ['repository', 'branch', 'sha'],
  indexes: [['sha'], ['pushed_at'], ['repository', 'branch', 'pushed_at']],
  rows: ({ event }) =>
    event.type === 'commit.pushed'
      ? event.commits.map((commit) => [event.repository, event.branch, commit.sha])
      : [],
  fold(row, { event }, [, , sha]) {
    if (event.type !== 'commit.pushed' || row !== undefined) return row
    const commit = event.commits.find((each) => each.sha === sha)
    if (commit === undefined) return row
    return {
      repository: event.repository,
      sha: commit.sha,
      branch: event.branch,
      author_name: commit.author.name,
      author_email: commit.author.email,
      committer_email: commit.committer.email,
      subject: commit.message.split('\n', 1)[0] ?? '',
      authored_at: commit.authoredAt,
      committed_at: commit.committedAt,
      pushed_at: event.at,
      paths: [...commit.paths],
      paths_cut: commit.pathsCut,
    }
  },
})

const branchesView = defineView<BranchRow, RepositoryEvent>({
  name: 'branches',
  version: 1,
  reads: ['repository'],
  columns: {
    repository: 'text',
    branch: 'text',
    head: 'text',
    pushed_at: 'timestamptz',
    trouble: 'text',
  },
  key: ['repository', 'branch'],
  rows: ({ event }) => [[event.repository, event.branch]],
  fold(row, { event }) {
    const { repository, branch } = event
    const known = row ?? { repository, branch, head: '', pushed_at: event.at, trouble: null }
    switch (event.type) {
      case 'repository.pushNoted':
        return known
      case 'repository.pushFailed':
        return { ...known, trouble: event.reason }
      case 'commit.pushed':
        return event.last
          ? { ...known, head: event.after, pushed_at: event.at, trouble: null }
          : known
    }
  },
})

export const views: readonly View[] = [servicesView, environmentsView, commitsView, branchesView]
