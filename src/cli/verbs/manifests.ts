/** apply, validate, get: what is declared. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { EXIT } from '../context.ts'
import { clean, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Applied {
  readonly applied: readonly {
    readonly kind: string
    readonly name: string
    readonly change: string
  }[]
}

interface Checked {
  /** What it would have done to the past. */
  readonly foretold: readonly { readonly message: string; readonly isWorse: boolean }[]
}

/** `get` and the address that answers it; the name's column, and what else a list shows. */
const KINDS: Readonly<Record<string, { path: string; name: string; columns: readonly string[] }>> =
  {
    services: {
      path: '/services',
      name: 'name',
      columns: ['name', 'tier', 'owner', 'description'],
    },
    environments: { path: '/environments', name: 'name', columns: ['name', 'kind', 'description'] },
    runs: { path: '/runs', name: 'id', columns: ['id', 'service', 'branch', 'outcome'] },
    releases: {
      path: '/releases',
      name: 'release',
      columns: ['release', 'service', 'version', 'artifact'],
    },
    promotions: {
      path: '/promotions',
      name: 'id',
      columns: ['id', 'service', 'version', 'environment', 'status', 'outcome'],
    },
    deployments: {
      path: '/deployments',
      name: 'id',
      columns: ['id', 'service', 'version', 'environment', 'status', 'outcome'],
    },
    incidents: {
      path: '/incidents',
      name: 'id',
      columns: ['id', 'service', 'environment', 'severity', 'status', 'title'],
    },
    freezes: { path: '/freezes', name: 'freeze', columns: ['freeze', 'environments', 'reason'] },
    windows: {
      path: '/windows',
      name: 'window',
      columns: ['window', 'mode', 'rule', 'start', 'duration', 'zone'],
    },
    flags: { path: '/flags', name: 'flag', columns: ['flag', 'service', 'default'] },
    waivers: { path: '/waivers', name: 'id', columns: ['id', 'check', 'status', 'subject'] },
    policies: { path: '/policies', name: 'name', columns: ['name', 'digest'] },
    actors: { path: '/actors', name: 'id', columns: ['id', 'kind', 'name', 'roles'] },
  }

export const addManifests: AddVerbs = (program, run) => {
  program
    .command('apply')
    .description('apply manifests: files, folders, or - for standard input')
    .requiredOption('-f, --file <path...>', 'what to apply')
    .option('--dry-run', 'check only', false)
    .option('--yes', 'also where the past says that it does harm', false)
    .action((flags: { file: string[]; dryRun: boolean; yes: boolean }) =>
      run(async (context) => {
        const { dryRun, yes } = flags
        const files = flags.file.flatMap(readAll)
        const checked = await context.api.post<Checked>('/manifests', { files, dryRun: true })
        if (dryRun) return raw(context, checked)
        for (const { message } of checked.foretold) context.io.err(`${clean(message)}\n`)
        if (!yes && checked.foretold.some(({ isWorse }) => isWorse)) {
          context.io.err('Nothing was applied. If that is what you want: apply … --yes\n')
          return EXIT.refused
        }
        const answer = await context.api.post<Applied>('/manifests', { files, dryRun })
        if (context.format !== 'table') return raw(context, answer)
        for (const { kind, name, change } of answer.applied)
          context.io.out(`${kind} ${name} ${change}\n`)
        if (answer.applied.length === 0) context.io.out('Nothing to apply in there.\n')
        return undefined
      }),
    )
  program
    .command('validate')
    .description('check manifests, and change nothing')
    .argument('<path...>')
    .action((paths: string[]) =>
      run(async ({ api, io }) => {
        const files = paths.flatMap(readAll)
        const answer = await api.post<{ checked: number }>('/manifests', { files, dryRun: true })
        io.out(`${answer.checked} manifests are well.\n`)
      }),
    )
  program
    .command('get')
    .description(`list or show: ${Object.keys(KINDS).join(', ')}`)
    .argument('<kind>')
    .argument('[name]')
    .option('--service <service>')
    .action((kind: string, name: string | undefined, flags: { service?: string }) =>
      run(async (context) => {
        const names = [kind, `${kind}s`, kind.replace(/y$/, 'ies')]
        const known = KINDS[names.find((each) => Object.hasOwn(KINDS, each)) ?? '']
        if (known === undefined) {
          context.io.err(`No kind ${kind}. There are: ${Object.keys(KINDS).join(', ')}\n`)
          return EXIT.usage
        }
        if (name !== undefined) {
          const one = await context.api.get(`${known.path}/${encodeURIComponent(name)}`)
          if (context.format === 'table') context.io.out(stringify(one))
          else raw(context, one)
          return EXIT.done
        }
        const rows = await context.api.get<Record<string, unknown>[]>(known.path, flags)
        const columns = known.columns.map(
          (column) => [column, (row: Record<string, unknown>) => cell(row[column])] as const,
        )
        show(context, rows, columns, `No ${kind} yet.`)
        return EXIT.done
      }),
    )
}

function cell(value: unknown): string | number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return value
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function readAll(path: string): { path: string; text: string }[] {
  try {
    return filesAt(path)
  } catch (error) {
    const code = 'file.unreadable'
    const remedy = 'Check the path, and that you may read it.'
    throw Object.assign(new Error(`${path} cannot be read.`, { cause: error }), { code, remedy })
  }
}

function filesAt(path: string): { path: string; text: string }[] {
  if (path === '-') return [{ path: 'standard input', text: readFileSync(0, 'utf8') }]
  if (!statSync(path).isDirectory()) return [{ path, text: readFileSync(path, 'utf8') }]
  return readdirSync(path)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => ({ path: join(path, name), text: readFileSync(join(path, name), 'utf8') }))
}
