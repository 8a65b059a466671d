/** Globs as extended regular expressions: what grep has on every machine. */

const ALTERNATIVES_MAX = 64

/** One expression for all of them; undefined when one takes away with `!`, which grep cannot. */
export function patternOf(globs: readonly string[]): string | undefined {
  if (globs.some((glob) => glob.startsWith('!'))) return undefined
  return globs.flatMap(alternatives).map(patternOfOne).join('|')
}

export function alternatives(glob: string): readonly string[] {
  const [whole, inner = ''] = /\{([^{}]*)\}/.exec(glob) ?? []
  if (whole === undefined) return [glob]
  const all = inner.split(',').flatMap((one) => alternatives(glob.replace(whole, () => one)))
  return all.length > ALTERNATIVES_MAX ? [glob] : all
}

/** As the engine reads them: a glob that ends in a plain name stands for all that is inside too. */
function patternOfOne(glob: string): string {
  const names = glob.split('/').filter((name) => name !== '' && name !== '.')
  const all = /[*?]/.test(names.at(-1) ?? '') ? names : [...names, '**']
  const whole = all.filter((name, i) => name !== '**' || all[i - 1] !== '**')
  let pattern = ''
  for (const [i, name] of whole.entries()) {
    const isLast = i === whole.length - 1
    if (name !== '**') pattern += patternOfName(name) + (isLast || isDeepEnd(whole, i) ? '' : '/')
    else if (isLast) pattern += i === 0 ? '.*' : '(/.*)?'
    else pattern += '(.*/)?'
  }
  return pattern
}

const isDeepEnd = (names: readonly string[], i: number) =>
  i === names.length - 2 && names[i + 1] === '**'

/** Brackets and braces are plain there; a backslash is not read alike by every grep. */
const patternOfName = (name: string): string =>
  name
    .replaceAll(/[\\^$.+()[\]{}|]/g, (c) => (c === '^' || c === '\\' ? `\\${c}` : `[${c}]`))
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')

export const isPlain = (glob: string): boolean => !/[*?{!]/.test(glob)

/** A branch pattern as a regular expression: each is as deep as it is written. */
export function branchPattern(patterns: readonly string[]): string {
  const one = (pattern: string) =>
    alternatives(pattern)
      .map((each) =>
        each
          .replaceAll(/[\\^$.+()[\]{}|/]/g, String.raw`\$&`)
          .replaceAll('**', '\0')
          .replaceAll('*', '[^/]*')
          .replaceAll('?', '[^/]')
          .replaceAll('\0', '.*'),
      )
      .join('|')
  return `^(${patterns.map(one).join('|')})$`
}
