/**
 * Versions as semver.org 2.0.0 has them: parse, compare (§11), and count up. Written here because
 * it is a page long and the core imports no package; the specification's examples are its tests.
 */
export interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** Dot-separated identifiers after the dash; empty for a proper release. */
  readonly prerelease: readonly string[]
  /** After the plus; plays no part in precedence. */
  readonly build: readonly string[]
}

export type BumpLevel = 'major' | 'minor' | 'patch'

/** What the reference implementation accepts; longer texts are not versions but attacks. */
const LENGTH_MAX = 256
// No leading zeros in numbers; identifiers of letters, digits and dashes, none of them empty.
const NUMBER = '(0|[1-9]\\d{0,15})'
const PRERELEASE = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)'
const BUILD = '[0-9A-Za-z-]+'
const VERSION = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}` +
    `(?:-(${PRERELEASE}(?:\\.${PRERELEASE})*))?(?:\\+(${BUILD}(?:\\.${BUILD})*))?$`,
)

/** Undefined when the text is no version, to the letter: `v1.2.3`, `1.2` and `01.2.3` are none. */
export function parseVersion(text: string): Version | undefined {
  const parts = text.length <= LENGTH_MAX ? VERSION.exec(text) : null
  if (parts === null) return undefined
  const [major, minor, patch] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (![major, minor, patch].every(Number.isSafeInteger)) return undefined
  return {
    major,
    minor,
    patch,
    prerelease: parts[4]?.split('.') ?? [],
    build: parts[5]?.split('.') ?? [],
  }
}

export function formatVersion({ major, minor, patch, prerelease, build }: Version): string {
  const before = prerelease.length > 0 ? `-${prerelease.join('.')}` : ''
  const after = build.length > 0 ? `+${build.join('.')}` : ''
  return `${major}.${minor}.${patch}${before}${after}`
}

/** Negative when `a` comes before `b`, 0 when neither does. */
export function compareVersions(a: Version, b: Version): number {
  const byNumbers = a.major - b.major || a.minor - b.minor || a.patch - b.patch
  if (byNumbers !== 0) return byNumbers
  // A proper release comes after all its prereleases.
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return b.prerelease.length - a.prerelease.length
  for (const [i, mine] of a.prerelease.entries()) {
    const theirs = b.prerelease[i]
    if (theirs === undefined) return 1
    const order = compareIdentifiers(mine, theirs)
    if (order !== 0) return order
  }
  return a.prerelease.length - b.prerelease.length
}

/** Numbers before words; numbers by value, and they may be longer than a double can hold. */
function compareIdentifiers(a: string, b: string): number {
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1
  if (aIsNumber && a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** The next version of that level. A prerelease of exactly that version becomes it. */
export function bump(version: Version, level: BumpLevel): Version {
  const { major, minor, patch, prerelease } = version
  const isPrerelease = prerelease.length > 0
  const made = (numbers: readonly [number, number, number]): Version => ({
    major: numbers[0],
    minor: numbers[1],
    patch: numbers[2],
    prerelease: [],
    build: [],
  })
  switch (level) {
    case 'major':
      return made([isPrerelease && minor === 0 && patch === 0 ? major : major + 1, 0, 0])
    case 'minor':
      return made([major, isPrerelease && patch === 0 ? minor : minor + 1, 0])
    case 'patch':
      return made([major, minor, isPrerelease ? patch : patch + 1])
  }
}
