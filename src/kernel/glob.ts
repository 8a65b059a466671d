/**
 * Which paths belong to something: a service's files in a repository. Matched by hand rather than
 * by RegExp: patterns come from repositories, and `*a*a*a*b` in a backtracking engine would stall
 * the server. Here a match costs at most pattern length times path length.
 */

/** `{a,b}{c,d}` doubles with every pair; a pattern with more than this is taken to the letter. */
const ALTERNATIVES_MAX = 64

/**
 * Whether a path, with `/` between names, matches any of the globs: `*` and `?` inside a name, `**`
 * for any number of names, `{a,b}` for either. Names that begin with a dot are names like others. A
 * glob that ends in a plain name stands for all that is inside too, and one that begins with `!`
 * takes away what the others gave.
 */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  const wanted = globs.filter((glob) => !glob.startsWith('!')).flatMap(compile)
  const unwanted = globs
    .filter((glob) => glob.startsWith('!'))
    .flatMap((glob) => compile(glob.slice(1)))
  return (path) => {
    const names = path.split('/').filter(isName)
    const inAny = (patterns: readonly Pattern[]) =>
      patterns.some((pattern) => matches(pattern, names, '**', matchesName))
    return inAny(wanted) && !inAny(unwanted)
  }
}

type Pattern = readonly string[]

const isName = (name: string) => name !== '' && name !== '.'

function compile(glob: string): Pattern[] {
  return alternatives(glob).map((plain) => {
    const names = plain.split('/').filter(isName)
    return /[*?]/.test(names.at(-1) ?? '') ? names : [...names, '**']
  })
}

function alternatives(glob: string): readonly string[] {
  let all: readonly string[] = [glob]
  for (;;) {
    const next = all.flatMap((text) => {
      const [whole, inner = ''] = /\{([^{}]*)\}/.exec(text) ?? []
      return whole === undefined
        ? [text]
        : inner.split(',').map((one) => text.replace(whole, () => one))
    })
    if (next.length > ALTERNATIVES_MAX) return [glob]
    if (next.every((text, i) => text === all[i])) return next
    all = next
  }
}

function matchesName(pattern: string, name: string): boolean {
  return matches(Array.from(pattern), Array.from(name), '*', (one, c) => one === '?' || one === c)
}

/** The greedy walk with one place to return to: only the last star ever needs to give way. */
function matches(
  pattern: readonly string[],
  items: readonly string[],
  star: string,
  matchesOne: (part: string, item: string) => boolean,
): boolean {
  let [part, item, afterStar, taken] = [0, 0, -1, 0]
  while (item < items.length) {
    const here = pattern[part]
    if (here === star) {
      afterStar = ++part
      taken = item
    } else if (here !== undefined && matchesOne(here, items[item] ?? '')) {
      part++
      item++
    } else if (afterStar >= 0) {
      part = afterStar
      item = ++taken
    } else return false
  }
  while (pattern[part] === star) part++
  return part === pattern.length
}
