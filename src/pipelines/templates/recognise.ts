/**
 * Which template a repository is made for, by the files that are there. Where one thing is clear it
 * is said with the file that says it; where several could be meant they are all named, and a person
 * chooses: a guess would be pinned, and believed.
 */
export interface Looked {
  /** Paths inside the folder, two names deep. */
  readonly files: readonly string[]
  /** Texts of the small ones that say what a folder is: package.json, mkdocs.yml, … */
  readonly texts: Readonly<Record<string, string>>
}

export interface Candidate {
  /** Without its number. */
  readonly template: string
  /** The file, and what of it says so. */
  readonly because: string
}

export function recognise(looked: Looked): readonly Candidate[] {
  const found = RULES.flatMap((rule) => rule(looked) ?? [])
  // What is packed says less than what is inside: most services have a container file as well.
  const strong = found.filter(({ template }) => !WEAK.has(template))
  return strong.length > 0 ? strong : found.slice(0, 1)
}

const WEAK = new Set(['container-image'])

type Rule = (looked: Looked) => Candidate | undefined

const byName =
  (template: string, pattern: RegExp): Rule =>
  ({ files }) => {
    const file = files.find((path) => pattern.test(path))
    return file === undefined ? undefined : { template, because: file }
  }

const RULES: readonly Rule[] = [
  byName('helm-chart', /^Chart\.ya?ml$/),
  mobile,
  byName('go-service', /^go\.mod$/),
  byName('java-maven-service', /^pom\.xml$/),
  gradle,
  byName('dotnet-service', /^(src\/)?[^/]+\.(sln|slnx|csproj|fsproj)$/),
  byName('docs', /^mkdocs\.ya?ml$/),
  node,
  byName('python-service', /^(pyproject\.toml|requirements\.txt|setup\.py|Pipfile)$/),
  byName('container-image', /^(Containerfile|Dockerfile)$/),
]

const MOBILE = /com\.android\.(application|library)/

function mobile({ files, texts }: Looked): Candidate | undefined {
  const template = 'mobile-app'
  if (files.includes('pubspec.yaml')) return { template, because: 'pubspec.yaml' }
  const file = [
    'app/build.gradle',
    'app/build.gradle.kts',
    'build.gradle',
    'build.gradle.kts',
  ].find((path) => MOBILE.test(texts[path] ?? ''))
  return file === undefined ? undefined : { template, because: `${file}, com.android` }
}

function gradle(looked: Looked): Candidate | undefined {
  if (mobile(looked) !== undefined) return undefined
  return byName('java-gradle-service', /^build\.gradle(\.kts)?$/)(looked)
}

interface Package {
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly main?: unknown
  readonly exports?: unknown
  readonly bin?: unknown
  readonly private?: unknown
  readonly dependencies?: Readonly<Record<string, unknown>>
  readonly devDependencies?: Readonly<Record<string, unknown>>
}

const SITE_TOOLS = ['vite', 'astro', '@11ty/eleventy', 'vitepress', '@docusaurus/core', 'gatsby']
const SERVERS = ['server.js', 'src/server.js', 'server.ts', 'src/server.ts', 'server.mjs']

function node({ files, texts }: Looked): Candidate | undefined {
  if (!files.includes('package.json')) return undefined
  const read = packageIn(texts['package.json'] ?? '{}')
  if (read === undefined) return { template: 'node-service', because: 'package.json' }
  const start = read.scripts?.['start'] !== undefined
  const server = files.find((file) => SERVERS.includes(file))
  const all = { ...read.dependencies, ...read.devDependencies }
  const tool = SITE_TOOLS.find((name) => Object.hasOwn(all, name))
  if (server === undefined && tool !== undefined && read.scripts?.['build'] !== undefined)
    return { template: 'static-site', because: `package.json, built by ${tool}` }
  if (start) return { template: 'node-service', because: 'package.json, scripts.start' }
  if (server !== undefined) return { template: 'node-service', because: `package.json, ${server}` }
  const isLibrary = read.private !== true && (read.exports ?? read.main ?? read.bin) !== undefined
  if (isLibrary) return { template: 'node-library', because: 'package.json, exports' }
  const page = files.find((file) => file.endsWith('.html'))
  if (read.scripts?.['build'] !== undefined && page !== undefined)
    return { template: 'static-site', because: `package.json, scripts.build and ${page}` }
  return { template: 'node-service', because: 'package.json' }
}

/** Undefined for what is no package: its mistakes are for npm to say. */
function packageIn(text: string): Package | undefined {
  const shaped = text.length < 1_000_000 && text.trimStart().startsWith('{')
  if (!shaped) return undefined
  try {
    return JSON.parse(text) as Package
  } catch {
    return undefined
  }
}
