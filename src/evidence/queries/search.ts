/** What is called so, across all rooms: for whoever has a name, a version or a hash and no page. */
import { artifactsBeginning } from '#artifacts/queries.ts'
import { commitNamed, services } from '#catalog/queries.ts'
import type { Reads } from '#engine/sql.ts'
import { releasesWith } from '#insights/queries.ts'
import { runNamed, runsOfCommit } from '#pipelines/queries.ts'
import { releaseHeads, releaseNamed, releasesNaming, releasesOfVersion } from '#releases/queries.ts'
import { deploymentNamed, promotionNamed } from '#rollouts/queries.ts'
import { matching, searchTerms, type SearchTerms } from '../search-terms.ts'

export interface Found {
  readonly kind: 'service' | 'run' | 'release' | 'deployment' | 'artifact'
  readonly id: string
  /** As people call it. */
  readonly title: string
  readonly detail: string
}

/** A list to choose from, not a report. */
const FOUND_MAX = 30
const SERVICES_MAX = 8
/** Of a service that was named together with the beginning of a version. */
const RELEASES_READ = 200
const RELEASES_MAX = 8

export async function search(reads: Reads, text: string): Promise<readonly Found[]> {
  const terms = searchTerms(text)
  const found = await Promise.all([
    ...terms.ids.map((id) => byId(reads, id)),
    byName(reads, terms),
    ...terms.versions.map((version) => byVersion(reads, terms, version)),
    ...terms.hashes.map((hash) => byHash(reads, hash)),
    ...terms.tickets.map((ticket) => byTicket(reads, ticket)),
  ])
  const once = new Map(found.flat().map((one) => [`${one.kind} ${one.id}`, one]))
  return [...once.values()].slice(0, FOUND_MAX)
}

async function byName(reads: Reads, { names }: SearchTerms): Promise<readonly Found[]> {
  if (names.length === 0) return []
  return matching(await services(reads), names)
    .slice(0, SERVICES_MAX)
    .map(({ name, owner, tier }) => {
      return { kind: 'service', id: name, title: name, detail: `tier ${tier}, owned by ${owner}` }
    })
}

async function byId(reads: Reads, id: string): Promise<readonly Found[]> {
  switch (id.slice(0, 4)) {
    case 'run_':
      return shown(await runNamed(reads, id), ofRun)
    case 'rel_':
      return shown(await releaseNamed(reads, id), ofRelease)
    case 'dep_':
      return shown(await deploymentNamed(reads, id), ofDeployment)
    case 'prm_': {
      const promotion = await promotionNamed(reads, id)
      return shown(promotion && (await releaseNamed(reads, promotion.release)), ofRelease)
    }
    default:
      return []
  }
}

async function byVersion(
  reads: Reads,
  { names }: SearchTerms,
  version: string,
): Promise<readonly Found[]> {
  if (names.length === 0) return (await releasesOfVersion(reads, version)).map(ofRelease)
  const [service] = matching(await services(reads), names)
  if (service === undefined) return []
  const heads = await releaseHeads(reads, { service: service.name, limit: RELEASES_READ })
  return heads
    .filter((head) => head.version.startsWith(version))
    .slice(0, RELEASES_MAX)
    .map(ofRelease)
}

async function byHash(reads: Reads, hash: string): Promise<readonly Found[]> {
  const [commits, artifacts] = await Promise.all([
    commitNamed(reads, hash.slice(0, 40)),
    artifactsBeginning(reads, hash),
  ])
  const ofCommits = await Promise.all(
    commits.slice(0, SERVICES_MAX).map(async ({ sha, subject }) => {
      const [runs, ids] = await Promise.all([runsOfCommit(reads, sha), releasesWith(reads, sha)])
      const releases = await Promise.all(
        ids.slice(0, RELEASES_MAX).map((id) => releaseNamed(reads, id)),
      )
      const detail = `has ${sha.slice(0, 8)}: ${subject}`
      const withIt = releases.flatMap((release) => shown(release, ofRelease))
      return [...withIt.map((one) => ({ ...one, detail })), ...runs.map(ofRun)]
    }),
  )
  return [
    ...ofCommits.flat(),
    ...artifacts.map(({ digest, service, sha }): Found => {
      const title = `${service} ${digest.slice(0, 19)}`
      return { kind: 'artifact', id: digest, title, detail: `built of ${sha.slice(0, 8)}` }
    }),
  ]
}

/** Releases that hold a commit that names it, which is where it went. */
async function byTicket(reads: Reads, ticket: string): Promise<readonly Found[]> {
  const releases = await releasesNaming(reads, ticket, RELEASES_MAX)
  return releases.map((release) => {
    const commit = release.commits.find(({ tickets }) => tickets.includes(ticket))
    const detail = commit === undefined ? '' : `has ${ticket}: ${commit.subject}`
    return { ...ofRelease(release), detail }
  })
}

const shown = <T>(row: T | undefined, how: (row: T) => Found): readonly Found[] =>
  row === undefined ? [] : [how(row)]

const ofRun = (row: { id: string; service: string; sha: string; outcome: string }): Found => ({
  kind: 'run',
  id: row.id,
  title: `${row.service} at ${row.sha.slice(0, 8)}`,
  detail: `run, ${row.outcome}`,
})
const ofRelease = (row: {
  release: string
  service: string
  version: string
  sha: string
}): Found => ({
  kind: 'release',
  id: row.release,
  title: `${row.service} ${row.version}`,
  detail: `release of ${row.sha.slice(0, 8)}`,
})
const ofDeployment = (row: {
  id: string
  service: string
  version: string
  environment: string
  status: string
}): Found => ({
  kind: 'deployment',
  id: row.id,
  title: `${row.service} ${row.version} in ${row.environment}`,
  detail: `rollout, ${row.status}`,
})
