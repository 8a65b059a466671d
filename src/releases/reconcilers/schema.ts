/**
 * Reads the migrations that are new, or not what they were, since the release before, and has them
 * judged. A file that cannot be read is a fact like others; a repository that cannot be is not, and
 * is asked again later.
 */
import type { ServiceSpec } from '#catalog/events.ts'
import type { FileChange, Git } from '#catalog/ports.ts'
import { Fault } from '#kernel/fault.ts'
import { globMatcher } from '#kernel/glob.ts'
import { type MigrationFile, schemaFacts } from '../compatibility/facts.ts'
import type { SchemaFacts } from '../events.ts'

/** A first release may bring years of them; each is read by a process of its own. */
const FILES_MAX = 300
/** Years of migrations. The most hostile text of that length takes a second to judge. */
const TEXT_LENGTH_MAX = 2 * 1024 * 1024

interface Range {
  readonly repository: string
  /** Of the release before; undefined for the first. */
  readonly from: string | undefined
  readonly to: string
}

/** Undefined when the service declares no schema. Throws the faults of git that may pass. */
export async function schemaOf(
  git: Git,
  { schema }: Pick<ServiceSpec, 'schema'>,
  range: Range,
): Promise<SchemaFacts | undefined> {
  if (schema === undefined) return undefined
  const wanted = globMatcher(schema.migrations)
  const { files, isCut } = await git.changes({ ...range, wanted, limit: FILES_MAX })
  const read: MigrationFile[] = []
  let length = 0
  for (const file of files) {
    const one = await readOne(git, range, file, length > TEXT_LENGTH_MAX)
    length += one.text?.length ?? 0
    read.push(one)
  }
  const more = isCut ? { message: `More than ${FILES_MAX} migrations differ.` } : undefined
  return schemaFacts(read, schema.dialect, more)
}

const TOO_MUCH = 'The migrations before it are too long to read this one too.'
/** Ruby and JavaScript migrate too; what they do cannot be read here. */
const NO_SQL = 'It is no .sql file, so nothing is known of it; a glob with ! leaves it out.'

async function readOne(
  git: Git,
  { repository, to }: Range,
  file: FileChange,
  isTooMuch: boolean,
): Promise<MigrationFile> {
  if (file.change === 'removed') return file
  if (!/\.sql$/i.test(file.path)) return { ...file, trouble: NO_SQL }
  if (isTooMuch) return { ...file, trouble: TOO_MUCH }
  try {
    const text = await git.file(repository, to, file.path)
    return text === undefined ? { ...file, trouble: 'It is no regular file.' } : { ...file, text }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'git.refused') throw error
    return { ...file, trouble: error.message }
  }
}
