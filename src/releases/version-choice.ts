/**
 * Which version comes next. Git's tags and our own releases both say where a service stands; the
 * higher of them counts, so that neither a deleted tag nor a repository that was tagged before we
 * came makes a version come twice.
 */
import { bump, type BumpLevel, compareVersions, formatVersion, parseVersion } from './semver.ts'
import type { Version } from './semver.ts'

export interface Standing {
  readonly version: Version
  readonly sha: string
}

interface Tag {
  readonly name: string
  readonly sha: string
}

const FIRST: Version = { major: 1, minor: 0, patch: 0, prerelease: [], build: [] }
const LEVELS: readonly BumpLevel[] = ['patch', 'minor', 'major']
const LEVEL_OF: ReadonlyMap<string, BumpLevel> = new Map([
  ['feat', 'minor'],
  ['fix', 'patch'],
  ['perf', 'patch'],
  ['revert', 'patch'],
])

/** The highest level that any of the commits asks for; undefined when none asks for a release. */
export function levelOf(
  commits: readonly { readonly kind: string; readonly breaking: boolean }[],
): BumpLevel | undefined {
  const asked = commits.map(({ kind, breaking }) => (breaking ? 'major' : LEVEL_OF.get(kind)))
  return LEVELS.findLast((level) => asked.includes(level))
}

/**
 * The first release is 1.0.0 whatever is in it. Below 1.0.0 a breaking change is a minor one: that
 * is what 0.x announces. `taken`: versions whose tag stands somewhere else already.
 */
export function nextVersion(
  last: Version | undefined,
  level: BumpLevel | undefined,
  taken: ReadonlySet<string> = new Set(),
): Version | undefined {
  if (last !== undefined && level === undefined) return undefined
  const step = last?.major === 0 && level === 'major' ? 'minor' : (level ?? 'minor')
  let version = last === undefined ? FIRST : bump(last, step)
  while (taken.has(formatVersion(version))) version = bump(version, step)
  return version
}

/** The version that git gave to this very commit. */
export function tagOn(tags: readonly Tag[], prefix: string, sha: string): Standing | undefined {
  return highest(standings(tags, prefix).filter((each) => each.sha === sha))
}

/** The highest version tagged on an earlier commit. */
export function tagBefore(tags: readonly Tag[], prefix: string, sha: string): Standing | undefined {
  return highest(standings(tags, prefix).filter((each) => each.sha !== sha))
}

export function highest(standings: readonly Standing[]): Standing | undefined {
  return standings.reduce<Standing | undefined>(
    (best, each) =>
      best === undefined || compareVersions(each.version, best.version) > 0 ? each : best,
    undefined,
  )
}

/** Prereleases are left out: they promise a version, and do not use it up. */
function standings(tags: readonly Tag[], prefix: string): Standing[] {
  return tags.flatMap(({ name, sha }) => {
    const version = name.startsWith(prefix) ? parseVersion(name.slice(prefix.length)) : undefined
    return version === undefined || version.prerelease.length > 0 ? [] : [{ version, sha }]
  })
}
