/** init and templates: the paved road, and how a repository gets onto it. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { stringify } from 'yaml'
import { nearest } from '#kernel/nearest.ts'
import { type CliContext, EXIT } from '../context.ts'
import { bold, clean, dim, green, raw, red, show } from '../output.ts'
import type { PavedRoad, TemplateSummary } from '../paved.ts'
import type { AddVerbs, Roles } from '../program.ts'
import { filesIn, MANIFEST, originOf, rootOf } from '../repository.ts'
import { addTemplateProposals } from './template-proposals.ts'

interface InitFlags {
  readonly template?: string
  readonly name?: string
  readonly owner?: string
  readonly force: boolean
}

export const addTemplates = (roles: Pick<Roles, 'paved'>): AddVerbs =>
  function add(program, run) {
    program
      .command('init')
      .description('write signalbox.yaml for this folder, by what is in it')
      .argument('[folder]', 'instead of the current one', '.')
      .option('--template <name>', 'this one, whatever is there')
      .option('--name <name>', 'instead of the name of the folder')
      .option('--owner <team>', 'who answers for it')
      .option('--force', 'over a manifest that is there', false)
      .action((folder: string, flags: InitFlags) =>
        run(async (context) => init(context, await roles.paved(), resolve(folder), flags)),
      )
    const verb = program.command('templates').description('the templates of the paved road')
    verb
      .command('list', { isDefault: true })
      .description('all of them')
      .action(() => run(async (context) => list(context, await roles.paved())))
    verb
      .command('show')
      .description('one of them: jobs, inputs, what changed')
      .argument('<name>', 'such as node-service or paved-road/node-service@1')
      .action((name: string) => run(async (context) => one(context, await roles.paved(), name)))
    verb
      .command('adoption')
      .description('who is on the paved road, on which number, and who is behind')
      .action(() => run(adoption))
    addTemplateProposals(verb, run)
  }

function list(context: CliContext, { templates }: PavedRoad): void {
  show(
    context,
    templates,
    [
      ['template', ({ name }) => name],
      ['title', ({ title }) => title],
      ['jobs', ({ jobs }) => jobs.join(', ')],
    ],
    'No templates.',
  )
}

interface Adoption {
  readonly services: number
  readonly onRoad: number
  readonly share: number
  readonly templates: readonly {
    readonly name: string
    readonly newest: number
    readonly versions: readonly {
      readonly version: number
      readonly behind: number
      readonly services: readonly string[]
    }[]
  }[]
  readonly ownWay: readonly string[]
  readonly lost: readonly { readonly service: string; readonly template: string }[]
  readonly drift: readonly { readonly service: string; readonly isPinnedBack: boolean }[]
}

async function adoption(context: CliContext): Promise<void> {
  const { io } = context
  const found = await context.api.get<Adoption>('/templates/adoption')
  if (context.format !== 'table') return raw(context, found)
  const share = Math.round(found.share * 100)
  io.out(`${found.onRoad} of ${found.services} services on the paved road, ${share} %\n\n`)
  const rows = found.templates.flatMap(({ name, versions }) =>
    versions.map((version) => ({ name, ...version })),
  )
  show(
    context,
    rows,
    [
      ['template', ({ name, version }) => `${name}@${version}`],
      ['behind', ({ behind }) => behind],
      ['services', ({ services }) => services.join(', ')],
    ],
    'Nobody is on a template.',
  )
  if (found.ownWay.length > 0) io.out(`\nown pipeline: ${clean(found.ownWay.join(', '))}\n`)
  for (const { service } of found.drift.filter(({ isPinnedBack }) => isPinnedBack))
    io.out(`${red('pinned back', io)}  ${clean(service)}: its manifest has the old number\n`)
  for (const { service, template } of found.lost)
    io.out(`${red('not served', io)}  ${clean(service)} is pinned to ${clean(template)}\n`)
}

const shortOf = (name: string) => name.replace(/^.*\//, '').replace(/@\d+$/, '')

/** By its full name, or the newest of that name. */
function found(templates: readonly TemplateSummary[], name: string): TemplateSummary | undefined {
  const exact = templates.find((one) => one.name === name)
  if (exact !== undefined || name.includes('@')) return exact
  return templates.findLast((one) => shortOf(one.name) === shortOf(name))
}

function unknown({ io }: CliContext, templates: readonly TemplateSummary[], name: string): number {
  const known = templates.map((one) => shortOf(one.name))
  const close = nearest(shortOf(name), known)
  io.err(`${red('template.unknown', io)}  There is no template ${clean(name)}.\n`)
  io.err(close === undefined ? `There is ${known.join(', ')}.\n` : `Did you mean ${close}?\n`)
  return EXIT.refused
}

function one(context: CliContext, { templates }: PavedRoad, name: string): number {
  const { io } = context
  const template = found(templates, name)
  if (template === undefined) return unknown(context, templates, name)
  if (context.format !== 'table') {
    raw(context, template)
    return EXIT.done
  }
  io.out(`${bold(template.name, io)}  ${template.title}\n${template.description}\n\n`)
  io.out(`jobs    ${template.jobs.join(', ')}\n`)
  io.out(`image   ${template.image ?? 'none'} ${dim('(in other CI systems)', io)}\n`)
  for (const [input, { default: value, description }] of Object.entries(template.inputs))
    io.out(`vars.${input}  ${value}  ${dim(description, io)}\n`)
  for (const { version, says } of template.changelog) io.out(`@${version}  ${says}\n`)
  return EXIT.done
}

function init(context: CliContext, paved: PavedRoad, folder: string, flags: InitFlags): number {
  const { io } = context
  const { templates } = paved
  const at = join(folder, MANIFEST)
  if (existsSync(at) && !flags.force) {
    io.err(`${red('init.exists', io)}  ${MANIFEST} is there already.\n`)
    io.err('Keep it, or write over it with --force.\n')
    return EXIT.refused
  }
  const candidates =
    flags.template === undefined
      ? paved.recognise(looked(folder))
      : [{ template: flags.template, because: '--template' }]
  const [only, ...others] = candidates
  if (only === undefined || others.length > 0) return choose(context, candidates)
  const template = found(templates, only.template)
  if (template === undefined) return unknown(context, templates, only.template)
  const name = slug(flags.name ?? basename(folder))
  const root = rootOf(folder)
  const owner = flags.owner ?? ownerIn(root)
  const text = manifestOf(template, { name, owner, source: sourceIn(root, folder) })
  writeFileSync(at, text)
  if (context.format !== 'table') {
    raw(context, { file: at, template: template.name, because: only.because })
    return EXIT.done
  }
  io.out(`${green('written', io)}  ${MANIFEST}: ${template.name}, by ${clean(only.because)}\n`)
  io.out(`${dim('Next: signalbox validate signalbox.yaml', io)}\n`)
  return EXIT.done
}

function choose(context: CliContext, candidates: readonly Candidate[]): number {
  const { io } = context
  if (candidates.length === 0) {
    io.err(`${red('init.unclear', io)}  Nothing here says what this is.\n`)
    io.err('Name a template: signalbox init --template …; signalbox templates lists them.\n')
    return EXIT.refused
  }
  io.err(`${red('init.unclear', io)}  This could be several things:\n`)
  for (const { template, because } of candidates)
    io.err(`  --template ${template}  ${dim(`by ${clean(because)}`, io)}\n`)
  return EXIT.refused
}

type Candidate = ReturnType<PavedRoad['recognise']>[number]

/** These are read; of all others the name is enough. */
const TELLING = /^(package\.json|(app\/)?build\.gradle(\.kts)?)$/
const BYTES_MAX = 1024 * 1024

function looked(folder: string) {
  const files = filesIn(folder)
  const told = files.filter(
    (file) => TELLING.test(file) && statSync(join(folder, file)).size <= BYTES_MAX,
  )
  const texts = told.map((file) => [file, readFileSync(join(folder, file), 'utf8')])
  return { files, texts: Object.fromEntries(texts) as Record<string, string> }
}

const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60) || 'service'

/** The team that owns everything, by CODEOWNERS. */
function ownerIn(folder: string): string {
  for (const file of ['CODEOWNERS', '.github/CODEOWNERS', 'docs/CODEOWNERS']) {
    const at = join(folder, file)
    if (!existsSync(at)) continue
    const [, owner = ''] = /^\*\s+@(?:[\w-]+\/)?([\w-]+)/m.exec(readFileSync(at, 'utf8')) ?? []
    if (owner !== '') return slug(owner)
  }
  return 'unowned'
}

interface Source {
  readonly repository?: string
  readonly directory?: string
}

/** What a server must be told of where the sources are. */
function sourceIn(root: string, folder: string): Source {
  const repository = originOf(root)
  const directory = relative(root, folder).split(sep).join('/')
  return {
    ...(repository !== undefined && { repository }),
    ...(directory !== '' && { directory }),
  }
}

function manifestOf(
  template: TemplateSummary,
  about: { readonly name: string; readonly owner: string; readonly source: Source },
): string {
  const { name, owner, source } = about
  const head = { apiVersion: 'signalbox.dev/v1' }
  const { deploys } = template
  if (deploys === undefined)
    return stringify({
      ...head,
      kind: 'Pipeline',
      metadata: { name },
      spec: { template: template.name },
    })
  return stringify({
    ...head,
    kind: 'Service',
    metadata: { name, owner, tier: 3, description: '' },
    spec: {
      ...(Object.keys(source).length > 0 && { source }),
      template: template.name,
      path: ['dev', 'staging', 'prod'],
      deploy: { target: 'process', run: { argv: deploys, health: '/healthz' }, replicas: 2 },
    },
  })
}
