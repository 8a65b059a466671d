/**
 * Makes releases of what was built. One turn looks at one service, so that two of its artifacts
 * never ask for a version at the same time, and at every artifact not decided yet, so that nothing
 * heard is needed: the key's lease is the lock, the tables are the memory.
 *
 * Git is told first and the events second. After a crash in between, the tag that stands on the
 * commit names the version again, and the release's id follows from the artifact: made twice, it is
 * made once.
 */
import type { ArtifactEvent } from '#artifacts/events.ts'
import { type ArtifactRow, artifacts } from '#artifacts/queries.ts'
import type { ServiceSpec } from '#catalog/events.ts'
import type { Git } from '#catalog/ports.ts'
import { serviceNamed } from '#catalog/queries.ts'
import type { Engine } from '#engine/engine.ts'
import type { Logger } from '#engine/log.ts'
import { defineReconciler, type Reconciler } from '#engine/loop.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { globMatcher } from '#kernel/glob.ts'
import { candidates } from './candidate.ts'
import { changelog } from './changelog.ts'
import { type NotedCommit, releasedCommit } from './conventional.ts'
import type { CandidateEvent, ReleasedCommit } from './events.ts'
import { decidedArtifacts, type LinkedRelease } from './queries.ts'
import { badCommits } from './reconcilers/bad-commits.ts'
import { compared } from './reconcilers/comparing.ts'
import { bornVetoed } from './queries/born-vetoed.ts'
import { placeOf } from './reconcilers/lines.ts'
import { schemaOf } from './reconcilers/schema.ts'
import { releases } from './release.ts'
import { formatVersion, parseVersion, type Version } from './semver.ts'
import { highest, levelOf, nextVersion, type Standing, tagBefore, tagOn } from './version-choice.ts'

export interface ReleaseNeeds {
  readonly engine: Engine
  readonly git: Git
  readonly log: Logger
  now(): number
}

/** Newest artifacts of a service looked at in a turn: more than are built while we are away. */
const ARTIFACTS_MAX = 100
/** What the event holds; a first release of an old repository starts later than its history. */
const COMMITS_MAX = 2_000
/** Of all services in the repository: one that is seldom released has few of them. */
const COMMITS_READ_MAX = 10_000
/** Tags that stand in the way are stepped over; more than this is a tag prefix somebody shares. */
const TAG_TRIES_MAX = 20

export function reconcilers(needs: ReleaseNeeds): readonly Reconciler[] {
  return [
    defineReconciler<ArtifactEvent>({
      kind: 'release',
      concurrency: 2,
      hears: ['artifact'],
      wokenBy: ({ event }) => (event.type === 'artifact.completed' ? [event.service] : []),
      async reconcile(name, { signal }) {
        const service = await serviceNamed(needs.engine.reads, name)
        if (service === undefined) return
        const troubles: unknown[] = []
        for (const artifact of await undecided(needs.engine, service)) {
          if (signal.aborted) return
          // One commit that git cannot read must not keep the others waiting.
          await decideOn(needs, service, artifact).catch((error: unknown) => troubles.push(error))
        }
        if (troubles.length > 0) throw troubles[0]
      },
    }),
    badCommits(needs),
  ]
}

/** Complete, from the branch that is released, and without an answer; oldest first. */
async function undecided(engine: Engine, service: ServiceSpec): Promise<ArtifactRow[]> {
  const { repository, branch } = service.source
  const built = await artifacts(engine.reads, {
    service: service.name,
    limit: ARTIFACTS_MAX,
  })
  const decided = await decidedArtifacts(
    engine.reads,
    built.map(({ digest }) => digest),
  )
  return built
    .filter((each) => each.complete && !decided.has(each.digest))
    .filter((each) => each.repository === repository && each.branch === branch)
    .reverse()
}

async function decideOn(needs: ReleaseNeeds, service: ServiceSpec, artifact: ArtifactRow) {
  const place = await placeOf(needs, service, artifact)
  if (place === undefined) return passOver(needs, artifact, 'older-than-released')
  const { previous, merges, latest } = place
  const found = await tagged(needs, service, artifact, previous)
  if (found === undefined) return passOver(needs, artifact, 'no-releasable-commits')
  // Their instants order a service's releases: a clock that went back must not reorder them.
  const at = Math.max(needs.now(), (latest?.createdAt ?? 0) + 1)
  return create(needs, { service, artifact, previous, merges, at, ...found })
}

interface Found {
  readonly version: string
  readonly tag: string
  readonly commits: readonly NotedCommit[]
  /** There are older ones in the range. */
  readonly isCut: boolean
}

/** Chooses the version and has git hold it; undefined when nothing is worth one. */
async function tagged(
  { git }: ReleaseNeeds,
  service: ServiceSpec,
  { repository, sha }: ArtifactRow,
  previous: LinkedRelease | undefined,
): Promise<Found | undefined> {
  const { tagPrefix } = service.versioning
  const taken = new Set<string>()
  for (let tries = 0; tries < TAG_TRIES_MAX; tries++) {
    const tags = await git.tags(repository, sha, tagPrefix)
    const last = highest(
      [tagBefore(tags, tagPrefix, sha), standing(previous)].flatMap((s) => s ?? []),
    )
    const since = await commitsOf(git, service, repository, last?.sha, sha)
    const version =
      tagOn(tags, tagPrefix, sha)?.version ??
      nextVersion(last?.version, levelOf(since.commits), taken)
    if (version === undefined) return undefined
    const name = formatVersion(version)
    if (!(await tag(git, { repository, sha, name: tagPrefix + name, service, version }))) {
      taken.add(name)
      continue
    }
    // A tag set by hand in between hides nobody's commits: the release holds all since the last.
    const isWhole = previous === undefined || previous.sha === last?.sha
    const range = isWhole ? since : await commitsOf(git, service, repository, previous.sha, sha)
    return { version: name, tag: tagPrefix + name, ...range }
  }
  throw new Fault('release.no-free-version', `No free tag begins with ${tagPrefix}.`, {
    remedy: 'Give the service a tag prefix of its own, such as `name@`.',
    retry: false,
  })
}

/** False when the tag stands on another commit: somebody else's, and never moved. */
async function tag(
  git: Git,
  at: {
    readonly repository: string
    readonly sha: string
    readonly name: string
    readonly service: ServiceSpec
    readonly version: Version
  },
): Promise<boolean> {
  const { repository, sha, name } = at
  const message = `${at.service.name} ${formatVersion(at.version)}`
  try {
    await git.tag({ repository, sha, name, message })
    return true
  } catch (error) {
    if (error instanceof Fault && error.code === 'git.tag-taken') return false
    throw error
  }
}

function standing(release: LinkedRelease | undefined): Standing | undefined {
  const version = release && parseVersion(release.version)
  return release && version && { version, sha: release.sha }
}

/** The service's own commits in (from..to]; one whose files are not all known counts as its own. */
async function commitsOf(
  git: Git,
  service: ServiceSpec,
  repository: string,
  from: string | undefined,
  to: string,
): Promise<Pick<Found, 'commits' | 'isCut'>> {
  const { paths } = service.source
  const isOurs = globMatcher(paths)
  // An empty commit touches nothing, and yet belongs to whom everything belongs.
  const isAll = paths.includes('**')
  const read = await git.range(repository, from, to, COMMITS_READ_MAX)
  const ours = read.filter((commit) => isAll || commit.pathsCut || commit.paths.some(isOurs))
  return {
    commits: ours.slice(-COMMITS_MAX).map(releasedCommit),
    isCut: ours.length > COMMITS_MAX || read.length >= COMMITS_READ_MAX,
  }
}

interface Made extends Found {
  readonly service: ServiceSpec
  readonly artifact: ArtifactRow
  readonly previous: LinkedRelease | undefined
  readonly merges: readonly LinkedRelease[]
  readonly at: number
}

async function create(needs: ReleaseNeeds, made: Made): Promise<void> {
  const { engine, git, log } = needs
  const { service, artifact, previous, merges, at, version, tag: name, commits, isCut } = made
  const { digest, repository, sha, run } = artifact
  const release = releaseIdOf(digest)
  const runbook = await runbookAt(git, service, repository, sha)
  const range = { repository, from: previous?.sha, to: sha }
  const schema = await schemaOf(git, service, range)
  const { compatibility } = service
  const before = previous && {
    release: previous.release,
    version: previous.version,
    sha: previous.sha,
  }
  const place = { service: service.name, repository }
  const kept = await compared(needs, place, commits.map(withoutNote))
  const facts = { release, service: service.name, version, commits: kept }
  const command = {
    type: 'release.create' as const,
    at,
    by: SYSTEM.id,
    ...facts,
    tag: name,
    artifact: digest,
    repository,
    sha,
    run,
    ...(before && { previous: before }),
    ...(merges.length > 0 && { merges: merges.map((each) => each.release) }),
    ...(isCut && { commitsCut: true as const }),
    changelog: changelog({ version, at, commits }),
    ...(runbook && { runbook }),
    ...(schema && { schema }),
    ...(compatibility && { compatibility }),
  }
  const born = { ...facts, previous: previous?.release ?? null }
  const answer = await engine.execute(
    releases,
    release,
    async ({ reads }) => ({ ...command, bad: await bornVetoed(reads, born) }),
    { actor: SYSTEM },
  )
  if (answer.rejected) log.warn({ release, code: answer.code }, 'release refused')
}

function withoutNote(commit: NotedCommit): ReleasedCommit {
  const { note: _, ...kept } = commit
  return kept
}

/** `rel_` and 26 characters of the digest: 104 bits, as rare to collide as a random id. */
export function releaseIdOf(digest: string): string {
  return `rel_${digest.slice('sha256:'.length, 'sha256:'.length + 26)}`
}

/** The linked runbook where it is a file of the repository, beside the service or from its root. */
async function runbookAt(git: Git, service: ServiceSpec, repository: string, sha: string) {
  const path = service.links['runbook']
  if (path === undefined || /^[a-z]+:|^\/|(^|\/)\.\.(\/|$)/.test(path)) return undefined
  const { directory } = service.source
  for (const place of new Set([directory === '.' ? path : `${directory}/${path}`, path])) {
    const changedAt = await git.lastChange(repository, sha, place)
    if (changedAt !== undefined) return { path: place, changedAt }
  }
  return undefined
}

async function passOver(
  { engine, log, now }: ReleaseNeeds,
  { service, sha, digest }: ArtifactRow,
  reason: CandidateEvent['reason'],
): Promise<void> {
  const facts = { at: now(), by: SYSTEM.id, service, sha, artifact: digest, reason }
  await engine.execute(
    candidates,
    service,
    { type: 'candidate.passOver', ...facts },
    { actor: SYSTEM },
  )
  log.info({ service, sha, reason }, 'artifact passed over')
}
