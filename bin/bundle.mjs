// Which bundle of the server may be run instead of its sources: the one that was made of exactly
// these files. Names, sizes and times are compared, all of them on every start, which takes a few
// milliseconds; a hash of what stands in them would take longer than it is worth. A file deleted,
// or replaced by an older one, is a change too, which "newer than the sources" would not see.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** In dist/: which bundle is the current one, and of what it was made. */
export const RECORD = 'bundle.json'
/** What decides about a bundle besides src/: the packages' versions, and how it is made. */
const OTHERS = ['package.json', 'package-lock.json', 'tools/build-server.ts', 'bin/bundle.mjs']

/**
 * Every file a bundle is made of, as it is now, a line each.
 * @param {string} root where package.json stands
 * @returns {string}
 */
export function sourcesOf(root) {
  const from = root.endsWith('/') ? root : `${root}/`
  return [...OTHERS, ...filesIn(from, 'src').sort()].map((file) => line(from, file)).join('\n')
}

/**
 * All but the tests. Not by readdirSync's own recursion, which asks for each file by itself and
 * takes six times as long.
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(root, folder) {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesIn(root, path)
    const isSource = path.endsWith('.ts') || path.endsWith('.generated.json')
    return isSource && !path.endsWith('.test.ts') ? [path] : []
  })
}

const STAT = { throwIfNoEntry: false }

/**
 * Plain texts rather than paths that are made proper: there are a thousand, on every start.
 * @param {string} root with a / at its end
 * @param {string} file
 */
function line(root, file) {
  // One that is being written may be gone again.
  const found = statSync(root + file, STAT)
  return `${file} ${found?.size} ${found?.mtimeMs}`
}

/**
 * The bundle's main file; undefined when there is none that was made of the sources as they are.
 * @param {string} root where package.json stands
 * @returns {string | undefined}
 */
export function bundleOf(root) {
  const folder = join(root, 'dist')
  if (!existsSync(join(folder, RECORD))) return undefined
  try {
    const { main, sources } = JSON.parse(readFileSync(join(folder, RECORD), 'utf8'))
    const path = join(folder, main)
    return sources === sourcesOf(root) && existsSync(path) ? path : undefined
  } catch {
    // A record that cannot be read is none: the sources are always right.
    return undefined
  }
}
