/**
 * ci: files for other CI systems, made from the pipeline of this repository. No server is asked, so
 * that a check of them runs anywhere.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type CliContext, EXIT } from '../context.ts'
import { diff, type DiffLine } from '../diff.ts'
import { bold, clean, dim, green, raw, red, show, yellow } from '../output.ts'
import type { CapabilityRow, CiAnswer, PavedRoad, Placed } from '../paved.ts'
import type { AddVerbs, Roles } from '../program.ts'
import { type Repository, repositoryAt } from '../repository.ts'
import { addCiReport } from './ci-report.ts'

interface Flags {
  readonly for?: string
  readonly file?: string
  readonly out?: string
  readonly stdout: boolean
  readonly image?: string
  readonly report?: string
  readonly force: boolean
}

export const addCi = (roles: Pick<Roles, 'paved' | 'testReports'>): AddVerbs =>
  function add(program, run) {
    const verb = program.command('ci').description('files for other CI systems')
    verb
      .command('generate')
      .description('write the pipeline of this repository in the words of another CI system')
      .requiredOption('--for <system>', 'github, gitlab, jenkins, circleci or buildkite')
      .option('--file <manifest>', 'instead of signalbox.yaml here')
      .option('--out <folder>', 'instead of the root of the repository')
      .option('--stdout', 'print the files, and write none', false)
      .option('--image <image>', 'for jobs that name none; by its template when left out')
      .option('--report <url>', 'jobs tell this server how they ended; see ci report')
      .option('--force', 'over a file that was written by hand or for another manifest', false)
      .action((flags: Flags) =>
        run(async (context) => generate(context, await roles.paved(), flags)),
      )
    verb
      .command('check')
      .description('whether the generated files here are what the pipeline says')
      .option('--for <system>', 'this one must be there')
      .option('--file <manifest>', 'instead of signalbox.yaml here')
      .option('--out <folder>', 'instead of the root of the repository')
      .action((flags: Flags) => run(async (context) => check(context, await roles.paved(), flags)))
    verb
      .command('capabilities')
      .description('what each CI system can say of a pipeline, and what is done about the rest')
      .option('--for <system>', 'of this one alone')
      .action((flags: Pick<Flags, 'for'>) =>
        run(async (context) => capabilities(context, await roles.paved(), flags)),
      )
    addCiReport(verb, run, roles)
  }

function generate(context: CliContext, paved: PavedRoad, flags: Flags): number {
  const { io } = context
  const repository = repositoryAt(flags.file)
  const { file, text } = repository
  const { for: target = '', image, report } = flags
  const answer = paved.generate({ file, text, target, image, report })
  if ('problems' in answer) return refused(context, answer.problems)
  if (context.format !== 'table') raw(context, answer)
  else if (flags.stdout)
    for (const { path, text: made } of answer.files) io.out(`${bold(`# ${path}`, io)}\n${made}\n`)
  else {
    const root = resolve(flags.out ?? repository.root)
    const strange = answer.files.find(({ path }) => isStrange(paved, join(root, path), file))
    if (strange !== undefined && !flags.force) {
      io.err(`${red('ci.not-ours', io)}  ${strange.path} was not made from ${clean(file)}.\n`)
      io.err('Move it away, write elsewhere with --out, or write over it with --force.\n')
      return EXIT.refused
    }
    for (const { path, text: made } of answer.files) {
      const at = join(root, path)
      mkdirSync(dirname(at), { recursive: true })
      writeFileSync(at, made)
      io.out(`${green('written', io)}  ${path}\n`)
    }
  }
  for (const { job, features } of answer.shims)
    io.err(
      `${yellow(job, io)} runs as signalbox exec, for ${features.join(', ')}: ` +
        'the machine that runs it needs signalbox.\n',
    )
  return EXIT.done
}

/** Somebody else's: written by hand, or for another manifest of the repository. */
function isStrange(paved: PavedRoad, at: string, file: string): boolean {
  if (at.endsWith('.sh') || !existsSync(at)) return false
  return paved.requestIn(readFileSync(at, 'utf8'))?.file !== file
}

function refused({ io }: CliContext, problems: readonly Placed[]): number {
  io.err(`${red('ci.refused', io)}  Nothing was written.\n`)
  for (const { file, line, column, message, remedy } of problems)
    io.err(`  ${clean(file)}:${line}:${column}  ${clean(message)} ${dim(clean(remedy), io)}\n`)
  return EXIT.refused
}

function check(context: CliContext, paved: PavedRoad, flags: Flags): number {
  const { io } = context
  const repository = repositoryAt(flags.file)
  const root = resolve(flags.out ?? repository.root)
  const asked = flags.for === undefined ? paved.targets : [flags.for]
  const drifts: Drift[] = []
  let count = 0
  for (const target of asked) {
    const answer = answerOf(paved, repository, root, target)
    const isHere =
      'files' in answer &&
      answer.files.some(({ path }) => isOurs(paved, join(root, path), repository.file))
    if (flags.for === undefined && !isHere) continue
    if ('problems' in answer) return refused(context, answer.problems)
    count++
    drifts.push(...answer.files.flatMap((file) => driftOf(root, file)))
  }
  if (context.format !== 'table') raw(context, { checked: count, drifts })
  else if (count === 0)
    io.err('Nothing here was generated. Write something with: signalbox ci generate --for …\n')
  else if (drifts.length === 0)
    io.out(`${green('✓', io)} what was generated is what the pipeline says\n`)
  else for (const drift of drifts) tell(context, drift)
  return count === 0 || drifts.length > 0 ? EXIT.refused : EXIT.done
}

/** Made with what the file that is there was made with. */
function answerOf(
  paved: PavedRoad,
  { file, text }: Repository,
  root: string,
  target: string,
): CiAnswer {
  const first = paved.generate({ file, text, target })
  if ('problems' in first) return first
  const asked = first.files.flatMap(({ path }) => {
    const at = join(root, path)
    return existsSync(at) ? (paved.requestIn(readFileSync(at, 'utf8')) ?? []) : []
  })
  const { image, report } = asked[0] ?? {}
  const isPlain = image === undefined && report === undefined
  return isPlain ? first : paved.generate({ file, text, target, image, report })
}

function isOurs(paved: PavedRoad, at: string, file: string): boolean {
  if (!existsSync(at)) return false
  return paved.requestIn(readFileSync(at, 'utf8'))?.file === file
}

interface Drift {
  readonly path: string
  readonly lines: readonly DiffLine[]
}

function driftOf(root: string, file: { readonly path: string; readonly text: string }): Drift[] {
  const at = join(root, file.path)
  const there = existsSync(at) ? readFileSync(at, 'utf8') : ''
  if (there === file.text) return []
  return [{ path: file.path, lines: diff(there.split('\n'), file.text.split('\n')) }]
}

const SHOWN_MAX = 40

function tell({ io }: CliContext, { path, lines }: Drift): void {
  io.out(`${red('differs', io)}  ${path}:${lines[0]?.line ?? 1}\n`)
  for (const { is, text } of lines.slice(0, SHOWN_MAX))
    io.out(
      is === 'there' ? `${red(`- ${clean(text)}`, io)}\n` : `${green(`+ ${clean(text)}`, io)}\n`,
    )
  if (lines.length > SHOWN_MAX) io.out(dim(`… ${lines.length - SHOWN_MAX} more lines\n`, io))
}

function capabilities(context: CliContext, paved: PavedRoad, flags: Pick<Flags, 'for'>): number {
  const { io } = context
  const asked = flags.for === undefined ? paved.targets : [flags.for]
  const unknown = asked.find((target) => !paved.targets.includes(target))
  if (unknown !== undefined) {
    io.err(`There is no ${clean(unknown)}. There is ${paved.targets.join(', ')}.\n`)
    return EXIT.usage
  }
  const tables = asked.map((target) => ({ target, features: paved.capabilities(target) }))
  if (context.format !== 'table') {
    raw(context, tables)
    return EXIT.done
  }
  if (tables.length === 1) {
    show<CapabilityRow>(context, tables[0]?.features ?? [], COLUMNS, 'Nothing.')
    return EXIT.done
  }
  const features = tables[0]?.features ?? []
  show(
    context,
    features.map(({ feature }) => feature),
    [
      ['feature', (feature) => feature],
      ...tables.map(
        ({ target, features: rows }) =>
          [target, (name: string) => rows.find(({ feature }) => feature === name)?.how] as const,
      ),
    ],
    'Nothing.',
  )
  return EXIT.done
}

const COLUMNS = [
  ['feature', ({ feature }: CapabilityRow) => feature],
  ['how', ({ how }: CapabilityRow) => how],
  ['by', ({ by }: CapabilityRow) => by],
  ['remedy', ({ remedy }: CapabilityRow) => remedy ?? ''],
] as const
