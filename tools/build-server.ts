/**
 * Bundles the server, its runner and its agent into dist/, when their sources have changed: two
 * dozen files load in a third of the time of a thousand. Nothing depends on it. Where no bundle can
 * be made the program runs from its sources, and so do the tests of its parts.
 */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'
import { bundleOf, RECORD, sourcesOf } from '../bin/bundle.mjs'

/** The files of an earlier bundle stay this long for programs that are just starting from it. */
const LEFTOVER_MS = 3_600_000
const INPUT = {
  main: 'src/main.ts',
  // A process of its own, started by its file's name from beside node/router.ts.
  proxy: 'src/connectors/process/node/proxy.ts',
}
/** They look for files beside their own; these are loaded from node_modules as ever. */
const EXTERNAL = ['pino', '@cyclonedx/cyclonedx-library']
/** Code that asks where it stands gets another answer in a bundle. */
const ASKS_WHERE = /\b__(?:dirname|filename)\b|\bimport\.meta\.(?:url|dirname|filename)\b/
/** These do, and are right in both places. */
const RIGHT_ANYWHERE = [
  // Asks which bundle it is, and is none in the other place.
  'src/main.ts',
  'src/installation.ts',
  // Names the module beside it, which keeps its name in the bundle.
  'src/connectors/process/node/router.ts',
  // Wants defaults for a title and a version, both of which we give.
  'node_modules/@fastify/swagger/lib/util/read-package-json.js',
  // Only in a comment.
  'node_modules/commander/lib/command.js',
  // The bundler's own, for loading the modules of Node.
  'rolldown/runtime.js',
]

/**
 * @param root where package.json stands
 * @returns whether a bundle was made; false when the one there is made of these sources
 * @throws whatever keeps the bundle from being made; what stood in dist/ stands as it was
 */
export async function buildServer(root: string): Promise<boolean> {
  if (bundleOf(root) !== undefined) return false
  // Taken before they are read: what is changed meanwhile differs from it.
  const sources = sourcesOf(root)
  // A native module, slow to load: only for who builds.
  const { build } = await import('rolldown')
  const { output } = await build({
    cwd: root,
    input: INPUT,
    platform: 'node',
    external: EXTERNAL,
    plugins: [refuseLost],
    logLevel: 'warn',
    write: false,
    output: {
      format: 'esm',
      // By content, so that the files of two bundles never mix; what is started by name keeps it.
      entryFileNames: ({ name }) => (name === 'proxy' ? 'proxy.js' : '[name]-[hash].js'),
      chunkFileNames: '[name]-[hash].js',
    },
  })
  const folder = join(root, 'dist')
  mkdirSync(folder, { recursive: true })
  const chunks = output.filter((file) => file.type === 'chunk')
  for (const { fileName, code } of chunks) replace(folder, fileName, code)
  const main = chunks.find(({ isEntry, name }) => isEntry && name === 'main')?.fileName
  // Last, and at once: until then the sources are what runs.
  replace(folder, RECORD, JSON.stringify({ main, sources }))
  removeLeftovers(folder, new Set([RECORD, ...chunks.map(({ fileName }) => fileName)]))
  return true
}

const refuseLost: Plugin = {
  name: 'refuse what would look in the wrong place',
  transform: {
    filter: { code: ASKS_WHERE },
    handler(_code, id) {
      if (RIGHT_ANYWHERE.some((file) => id.endsWith(file))) return
      this.error(
        `${id} asks where it stands. Let src/installation.ts tell it, or make it external.`,
      )
    },
  },
}

/** Whoever reads it meanwhile finds the old file or the new one, never half of one. */
function replace(folder: string, name: string, text: string): void {
  const draft = join(folder, `${name}.${process.pid}.draft`)
  writeFileSync(draft, text)
  renameSync(draft, join(folder, name))
}

function removeLeftovers(folder: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (kept.has(name)) continue
    const path = join(folder, name)
    const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - writtenAt > LEFTOVER_MS) rmSync(path, { force: true, recursive: true })
  }
}
