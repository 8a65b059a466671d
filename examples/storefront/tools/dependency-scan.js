/**
 * Compares the lock file with dependencies.json: every package must be allowed by name and version,
 * carry its integrity, and come from a registry. With nothing installed there is nothing to find,
 * and the first package that somebody adds meets this check.
 */
import { readFileSync } from 'node:fs'
import { isProgram, report } from './files.js'

/** Findings for a parsed lock file, manifest and lists. */
export function findingsIn({ lock, manifest, lists }) {
  const allow = new Map(Object.entries(lists.allow))
  const deny = new Map(Object.entries(lists.deny))
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
  const findings = locked.flatMap(([path, entry]) => {
    const name = entry.name ?? path.split('node_modules/').at(-1)
    const say = (what) => [`${name}@${entry.version}: ${what}`]
    const denied = deny.get(name)
    if (denied && (denied.versions.includes('*') || denied.versions.includes(entry.version)))
      return say(`denied: ${denied.reason}`)
    if (!(allow.get(name) ?? []).includes(entry.version))
      return say('not in the allow list of dependencies.json; have it reviewed and add it')
    if (!entry.integrity) return say('has no integrity; install it again from the registry')
    if (entry.resolved && !entry.resolved.startsWith('https://'))
      return say(`comes from ${entry.resolved}, not from a registry`)
    return []
  })
  const names = new Set(locked.map(([path]) => path.split('node_modules/').at(-1)))
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies }
  const missing = Object.keys(wanted)
    .filter((name) => !names.has(name))
    .map((name) => `${name}: in package.json and not in the lock file; run npm install`)
  return { findings: [...findings, ...missing], count: locked.length }
}

if (isProgram(import.meta)) {
  const [lock, manifest, lists] = ['package-lock.json', 'package.json', 'dependencies.json'].map(
    (path) => JSON.parse(readFileSync(path, 'utf8')),
  )
  const { findings, count } = findingsIn({ lock, manifest, lists })
  report('dependency scan', findings, `${count} packages`)
}
