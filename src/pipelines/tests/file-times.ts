/**
 * What each file of tests is expected to take. Reports name places in their own ways, a path or a
 * dotted class; both are brought to one form. A file that nobody knows counts as one in the middle,
 * and when none is known all count the same, which is splitting by count.
 */
import type { TimedFile } from '../events/splits.ts'

const UNKNOWN_MS = 1_000

export function timedFiles(
  files: readonly string[],
  times: readonly { readonly file: string; readonly ms: number }[],
): readonly TimedFile[] {
  const known = new Map<string, number>()
  for (const { file, ms } of times)
    for (const name of namesAbove(plain(file))) known.set(name, (known.get(name) ?? 0) + ms)
  const exact = new Map(times.map(({ file, ms }) => [file, ms]))
  const found = files.map((file) => ({ file, ms: exact.get(file) ?? known.get(plain(file)) }))
  const middle = median(found.flatMap(({ ms }) => (ms === undefined ? [] : [ms])))
  return found.map(({ file, ms }) => ({ file, ms: Math.max(1, ms ?? middle ?? UNKNOWN_MS) }))
}

/** `tests/test_cart.py` and `tests.test_cart` are one place. */
const plain = (file: string) =>
  file.replace(/\.(?:py|java|kt|rb|php|groovy)$/, '').replaceAll('/', '.')

/** `tests.test_cart.TestCart` stands in `tests.test_cart`: a class in its file. */
function namesAbove(name: string): readonly string[] {
  const end = name.lastIndexOf('.')
  return end > 0 ? [name, name.slice(0, end)] : [name]
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
