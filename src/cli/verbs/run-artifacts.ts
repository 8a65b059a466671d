/** runs artifacts, runs download: what the jobs of a run keep for people to look at. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { formatDuration } from '#kernel/duration.ts'
import { nearest } from '#kernel/nearest.ts'
import { type Api, Unreachable } from '../api.ts'
import { type CliContext, EXIT } from '../context.ts'
import { ago, bytesOf, clean, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Artifact {
  readonly job: string
  readonly name: string
  readonly digest: string
  readonly sizeBytes: number
  readonly files: number
  readonly fileName: string
  readonly publishedAt: number
  readonly expiresAt: number
  readonly isGone: boolean
  readonly path: string
}

interface Flags {
  readonly job?: string
  readonly dir: string
  readonly force: boolean
}

export function addRunArtifacts(runs: Command, run: Parameters<AddVerbs>[1]): void {
  runs
    .command('artifacts')
    .description('what the jobs of a run keep')
    .argument('<run>')
    .action((id: string) => run((context) => list(context, id)))
  runs
    .command('download')
    .description('artifacts of a run, their digests checked; without names all of them')
    .argument('<run>')
    .argument('[name...]')
    .option('--job <job>', 'only those of this job')
    .option('--dir <folder>', 'where to put them', '.')
    .option('--force', 'replace files that are there', false)
    .action((id: string, names: string[], flags: Flags) =>
      run((context) => download(context, id, names, flags)),
    )
}

const artifactsOf = (api: Api, id: string) => api.get<Artifact[]>(`/runs/${id}/artifacts`)

async function list(context: CliContext, id: string): Promise<void> {
  show(
    context,
    await artifactsOf(context.api, id),
    [
      ['artifact', (row) => row.name],
      ['job', (row) => row.job],
      ['file', (row) => row.fileName],
      ['size', (row) => bytesOf(row.sizeBytes)],
      ['files', (row) => row.files],
      ['made', (row) => ago(row.publishedAt)],
      ['kept', (row) => keptFor(row)],
    ],
    'No job of this run has kept anything.',
  )
}

const keptFor = ({ isGone, expiresAt }: Artifact) =>
  isGone ? 'gone' : `for ${formatDuration(Math.max(0, expiresAt - Date.now()))}`

async function download(
  context: CliContext,
  id: string,
  names: readonly string[],
  flags: Flags,
): Promise<number> {
  const { api, io } = context
  const all = await artifactsOf(api, id)
  const ofJob = all.filter(({ job }) => flags.job === undefined || job === flags.job)
  const unknown = names.filter((name) => !ofJob.some((each) => each.name === name))
  for (const name of unknown) {
    const close = nearest(
      name,
      ofJob.map((each) => each.name),
    )
    const hint =
      close === undefined ? `See: signalbox runs artifacts ${id}` : `Did you mean ${close}?`
    io.err(`There is no artifact ${clean(name)}. ${hint}\n`)
  }
  if (unknown.length > 0) return EXIT.refused
  const wanted = ofJob.filter(({ name }) => names.length === 0 || names.includes(name))
  const there = wanted.filter(({ isGone }) => !isGone)
  for (const { name, job } of wanted.filter(({ isGone }) => isGone))
    io.err(`${name} of ${job} is not kept any more.\n`)
  if (there.length === 0) {
    io.err('There is nothing to download.\n')
    return EXIT.refused
  }
  const got: { readonly name: string; readonly job: string; path: string; digest: string }[] = []
  for (const one of there) {
    const place = placeOf(one, there, flags.dir)
    if (!flags.force && (await isThere(place))) {
      io.err(`${place} is there already. Name another --dir, or say --force.\n`)
      return EXIT.refused
    }
    await fetchTo(api, one, place)
    got.push({ name: one.name, job: one.job, path: place, digest: one.digest })
  }
  show(
    context,
    got,
    [
      ['artifact', (row) => row.name],
      ['job', (row) => row.job],
      ['at', (row) => row.path],
      ['digest', (row) => row.digest],
    ],
    'Nothing.',
  )
  return wanted.length > there.length ? EXIT.refused : EXIT.done
}

/** Legs of one job make files of one name: each job then has a folder. */
function placeOf(one: Artifact, all: readonly Artifact[], dir: string): string {
  // The name comes from a job: it may not lead elsewhere.
  const file = basename(one.fileName) || one.name
  const isShared = all.filter((each) => basename(each.fileName) === file).length > 1
  return isShared ? join(dir, one.job, one.name, file) : join(dir, file)
}

async function fetchTo(api: Api, one: Artifact, place: string): Promise<void> {
  await mkdir(join(place, '..'), { recursive: true })
  const beside = `${place}.${process.pid}.part`
  const sum = createHash('sha256')
  try {
    await pipeline(
      await api.stream(one.path),
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          sum.update(chunk)
          yield chunk
        }
      },
      createWriteStream(beside, { flags: 'wx' }),
    )
    if (`sha256:${sum.digest('hex')}` !== one.digest)
      throw new Unreachable(`What came of ${one.name} is not what was stored: ask again.`)
    await rename(beside, place)
  } finally {
    await rm(beside, { force: true })
  }
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
