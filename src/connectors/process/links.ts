/**
 * Where the links of an unpacked artifact lead, found out before any of them is made. The text of a
 * link alone does not tell: `up/..` is harmless when `up` is a directory and leaves the folder when
 * `up` is a link to one further out.
 */

/** Linux's own limit for links followed in one path. */
const FOLLOWED_MAX = 40

/** Whether following the link at `path` ever steps out of the folder, or never ends. */
export function leavesFolder(path: string, links: ReadonlyMap<string, string>): boolean {
  const at = partsOf(path).slice(0, -1)
  const ahead = partsOf(links.get(path) ?? '')
  if (links.get(path)?.startsWith('/')) return true
  let followed = 1
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === '..') {
      if (at.pop() === undefined) return true
      continue
    }
    at.push(part)
    const target = links.get(at.join('/'))
    if (target === undefined) continue
    if (target.startsWith('/') || ++followed > FOLLOWED_MAX) return true
    at.pop()
    ahead.unshift(...partsOf(target))
  }
  return false
}

/** Whether a path would be written through one of the links. */
export function isBelowLink(path: string, links: ReadonlyMap<string, string>): boolean {
  const parts = partsOf(path)
  return parts.some((_, i) => i > 0 && links.has(parts.slice(0, i).join('/')))
}

/** Path segments without empty ones and dots; `..` is kept. */
export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}
