/**
 * The rollback floor: the oldest release that still works with what is applied in an environment. A
 * release stands below it when a later one, applied there, took away what it needs, or writes in a
 * version that it does not read. The releases of a service stand in one line; whoever is below
 * somebody below the floor is below it too, so that the answer is one release and never a riddle.
 */
import { isInRange } from '#kernel/version-range.ts'
import type { CompatibilityFacts, SchemaFacts, SchemaStep } from '../events.ts'

export interface LinedRelease {
  readonly release: string
  readonly version: string
  /** Of its steps the first one, the worst, is enough. */
  readonly schema: Pick<SchemaFacts, 'counts' | 'steps'> | null
  readonly compatibility: CompatibilityFacts | null
}

export interface RollbackFloor {
  /** The oldest that works. */
  readonly release: string
  readonly version: string
  /** What older ones do not work with, in a sentence. */
  readonly why: string
}

export interface FloorQuestion {
  /** All releases of the service, oldest first. */
  readonly line: readonly LinedRelease[]
  /**
   * Ids of those that ran in the environment. Whoever ran there brought along the migrations of all
   * before it, those that never ran too; what a release writes is written only where it ran.
   */
  readonly applied: ReadonlySet<string>
  /** Whether a step that nobody understood counts as one that takes something away. */
  readonly unknownIsUnsafe: boolean
}

/** Undefined: everything applied there leaves every release working. */
export function rollbackFloor(question: FloorQuestion): RollbackFloor | undefined {
  const { line, applied, unknownIsUnsafe } = question
  const written = new Written()
  const newest = line.findLastIndex(({ release }) => applied.has(release))
  for (let at = line.length - 1; at > 0; at--) {
    const [floor, below] = [line[at], line[at - 1]]
    if (floor === undefined || below === undefined) continue
    if (applied.has(floor.release)) written.add(floor)
    const taken = at <= newest ? whyBelow(floor, unknownIsUnsafe) : undefined
    const why = taken ?? written.whyUnreadBy(below)
    if (why !== undefined) return { release: floor.release, version: floor.version, why }
  }
  return undefined
}

/** A release that is not in the line is from before its beginning. */
export function isBelow(
  line: readonly LinedRelease[],
  floor: RollbackFloor | undefined,
  release: string,
): boolean {
  if (floor === undefined) return false
  const place = (id: string) => line.findIndex((each) => each.release === id)
  return place(release) < place(floor.release)
}

/** What this release took away from all before it. */
function whyBelow({ version, schema }: LinedRelease, unknownIsUnsafe: boolean): string | undefined {
  if (schema === null) return undefined
  const { counts, steps } = schema
  const isUnknown = unknownIsUnsafe && counts.unknown > 0
  if (counts.irreversible + counts.contract === 0 && !isUnknown) return undefined
  // The worst stands first.
  const [worst] = steps
  return `The migrations of ${version} are applied there${worst ? `: ${placeOf(worst)}` : '.'}`
}

function placeOf({ path, line, kind, reason, statement }: SchemaStep): string {
  const where = path === '' ? '' : ` (${path}:${line})`
  const what = statement === '' ? '' : `, \`${statement}\``
  const step = kind === 'unknown' ? 'a step not understood' : `${kind} step`
  return `${step}${where}${what}. ${reason}`
}

/** What releases that are applied there write: each version of a thing once, with its writer. */
class Written {
  readonly #writers = new Map<string, Map<string, string>>()

  add({ version: writer, compatibility }: LinedRelease): void {
    for (const [name, version] of Object.entries(compatibility?.writes ?? {})) {
      const writers = this.#writers.get(name) ?? new Map<string, string>()
      if (!writers.has(version)) writers.set(version, writer)
      this.#writers.set(name, writers)
    }
  }

  whyUnreadBy({ version: reader, compatibility }: LinedRelease): string | undefined {
    for (const [name, range] of Object.entries(compatibility?.reads ?? {}))
      for (const [version, writer] of this.#writers.get(name) ?? [])
        if (!isInRange(version, range))
          return `${writer} ran there and writes ${name} ${version}; ${reader} reads ${range}.`
    return undefined
  }
}
