/**
 * What a service is made of, read from its lock files: package-lock.json and requirements.lock or
 * .txt. A list of parts that may be incomplete is worse than none, for it passes every check: when
 * there is a sign of dependencies that cannot be read here, there is no list but a reason.
 */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault } from '#kernel/fault.ts'

/** The largest lock files in the wild are some 10 MiB. */
const LOCK_BYTES_MAX = 64 * 1024 * 1024
/** Signs of dependencies in tongues that are not spoken here. */
const FOREIGN = (
  'yarn.lock pnpm-lock.yaml bun.lock poetry.lock uv.lock Pipfile.lock ' +
  'go.sum Cargo.lock Gemfile.lock composer.lock pom.xml build.gradle'
).split(' ')

export interface Part {
  /** `pkg:npm/%40scope/name@1.0.0`; also what other parts call it by. */
  readonly purl: string
  readonly group?: string | undefined
  readonly name: string
  readonly version?: string | undefined
  readonly license?: string | undefined
  /** In hex. */
  readonly hashes: readonly { readonly algorithm: string; readonly value: string }[]
  readonly isOptional: boolean
  /** Purls. */
  readonly needs: readonly string[]
}
export interface PartsList {
  readonly parts: readonly Part[]
  /** Purls of what the service itself names. */
  readonly direct: readonly string[]
}

/** The parts, or the reason why they are not known. Throws Fault `runner.lock-unreadable`. */
export function readParts(folder: string): PartsList | { readonly unknown: string } {
  const npm = read(folder, 'package-lock.json')
  const pip = read(folder, 'requirements.lock') ?? read(folder, 'requirements.txt')
  const foreign = FOREIGN.find((name) => read(folder, name) !== undefined)
  if (foreign !== undefined) return { unknown: `${foreign} cannot be read here` }
  if (npm === undefined && namesDependencies(read(folder, 'package.json')))
    return { unknown: 'package.json names dependencies and there is no package-lock.json' }
  const lists = [
    npm === undefined ? undefined : npmParts(npm),
    pip === undefined ? undefined : pipParts(pip),
  ].filter((list) => list !== undefined)
  for (const list of lists) if ('unknown' in list) return list
  const known = lists.filter((list) => 'parts' in list)
  return {
    parts: known.flatMap((list) => list.parts),
    direct: known.flatMap((list) => list.direct),
  }
}

function read(folder: string, name: string): string | undefined {
  const found = lstatSync(join(folder, name), { throwIfNoEntry: false })
  if (found === undefined || !found.isFile()) return undefined
  if (found.size > LOCK_BYTES_MAX) throw unreadable(name, new Error('it is too large'))
  return readFileSync(join(folder, name), 'utf8')
}

const packageJson = z.object({ dependencies: z.record(z.string(), z.unknown()).optional() })

function namesDependencies(text: string | undefined): boolean {
  if (text === undefined) return false
  const { dependencies = {} } = parse('package.json', packageJson, text)
  return Object.keys(dependencies).length > 0
}

const names = z.record(z.string(), z.unknown()).default({})
const installed = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  integrity: z.string().optional(),
  license: z.unknown().optional(),
  link: z.boolean().optional(),
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  dependencies: names,
  optionalDependencies: names,
  peerDependencies: names,
})
const packageLock = z.object({ packages: z.record(z.string(), installed).optional() })
type Installed = z.infer<typeof installed>

function npmParts(text: string): PartsList | { readonly unknown: string } {
  const { packages } = parse('package-lock.json', packageLock, text)
  if (packages === undefined) return { unknown: 'package-lock.json is of version 1: use npm 7' }
  const at = new Map(Object.entries(packages))
  const purls = new Map<string, string>()
  // Development dependencies do not ship; workspaces (`link`) are the service's own code.
  for (const [path, found] of at)
    if (path.includes('node_modules/') && found.dev !== true && found.link !== true)
      purls.set(path, npmPurl(nameAt(path, found), found.version))
  const needsOf = (path: string, found: Installed) =>
    Object.keys({ ...found.dependencies, ...found.optionalDependencies, ...found.peerDependencies })
      .map((name) => purls.get(resolve(at, path, name) ?? ''))
      .filter((purl) => purl !== undefined)
  const parts = new Map<string, Part>()
  for (const [path, purl] of purls) {
    const found = at.get(path)
    if (found === undefined) continue
    const before = parts.get(purl)
    const needs = new Set([...(before?.needs ?? []), ...needsOf(path, found)])
    parts.set(purl, { ...npmPart(purl, nameAt(path, found), found), needs: [...needs] })
  }
  // What the service's own code names, in its root and in its workspaces.
  const own = [...at].filter(([path]) => !path.includes('node_modules/'))
  const direct = new Set(own.flatMap(([path, found]) => needsOf(path, found)))
  return { parts: [...parts.values()], direct: [...direct] }
}

function npmPart(purl: string, name: string, found: Installed): Part {
  const [first = '', second] = name.split('/')
  const hash = /^(sha\d+)-([A-Za-z0-9+/=]+)/.exec(found.integrity ?? '')
  const [, algorithm = '', value = ''] = hash ?? []
  return {
    purl,
    group: second === undefined ? undefined : first,
    name: second ?? first,
    version: found.version,
    license: typeof found.license === 'string' ? found.license : undefined,
    hashes:
      hash === null
        ? []
        : [
            {
              algorithm: algorithm.replace('sha', 'SHA-'),
              value: Buffer.from(value, 'base64').toString('hex'),
            },
          ],
    isOptional: found.optional === true || found.devOptional === true,
    needs: [],
  }
}

/** The folder names the package, unless it was installed under an alias. */
function nameAt(path: string, found: Installed): string {
  return found.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** Where Node would find the package: the nearest node_modules upwards. */
function resolve(at: ReadonlyMap<string, Installed>, from: string, name: string) {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const path = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`
    if (at.has(path)) return path
    if (base === '') return undefined
  }
}

function npmPurl(name: string, version: string | undefined): string {
  const path = name.split('/').map(encodeURIComponent).join('/')
  return `pkg:npm/${path}${version === undefined ? '' : `@${encodeURIComponent(version)}`}`
}

const PINNED = /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*([^\s;,]+)\s*(?:;.*)?$/

function pipParts(text: string): PartsList | { readonly unknown: string } {
  const parts: Part[] = []
  for (const raw of text.replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const line = raw.replace(/(^|\s)#.*$/, '').trim()
    if (line === '' || /^--(?!requirement|editable)/.test(line)) continue
    const hashes = [...line.matchAll(/--hash=sha256:([0-9a-f]{64})/g)]
    const [, name, version] = PINNED.exec(line.replaceAll(/\s--hash=\S+/g, '').trim()) ?? []
    if (name === undefined) return { unknown: `the requirements do not pin '${line}'` }
    const plain = name.toLowerCase().replaceAll(/[-_.]+/g, '-')
    parts.push({
      purl: `pkg:pypi/${plain}@${encodeURIComponent(version ?? '')}`,
      name: plain,
      version,
      // Several hashes are several files for several platforms: none of them is the part's.
      hashes: hashes.length === 1 ? [{ algorithm: 'SHA-256', value: hashes[0]?.[1] ?? '' }] : [],
      isOptional: false,
      needs: [],
    })
  }
  return { parts, direct: parts.map((part) => part.purl) }
}

function parse<T>(name: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw unreadable(name, cause)
  }
}

function unreadable(name: string, cause: unknown): Fault {
  const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
  return new Fault('runner.lock-unreadable', `${name} cannot be read: ${why.slice(0, 200)}`, {
    remedy: 'Make it anew with the package manager.',
    retry: false,
    cause,
  })
}
