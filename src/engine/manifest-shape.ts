/**
 * What no manifest looks like, found in one walk before the document is made into values: the YAML
 * library compares every key with every other and writes out keys that are mappings themselves, and
 * a hostile file of a megabyte would keep the server busy for hours.
 */
import { type Document, isCollection, isMap, isScalar, type Node } from 'yaml'

/** Deeper than any schema of ours, far below what recursion carries. */
const DEPTH_MAX = 100

export interface ShapeProblem {
  readonly offset: number
  readonly message: string
  readonly remedy: string
}

/** The first thing that is wrong, or undefined. Linear in the size of the document. */
export function wrongShape(document: Document): ShapeProblem | undefined {
  const open: (readonly [node: unknown, depth: number])[] = [[document.contents, 0]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next
    if (!isCollection(node)) continue
    if (depth >= DEPTH_MAX)
      return at(node, `Nested more than ${DEPTH_MAX} deep.`, 'Make it flatter.')
    if (!isMap(node)) {
      for (const item of node.items) open.push([item, depth + 1])
      continue
    }
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      if (!isScalar(key)) return at(key ?? node, 'A key is not a word.', 'Use plain words as keys.')
      const name = String(key.value)
      if (seen.has(name)) return at(key, `The key ${name} stands here twice.`, 'Keep one of them.')
      seen.add(name)
      open.push([value, depth + 1])
    }
  }
  return undefined
}

function at(node: unknown, message: string, remedy: string): ShapeProblem {
  return { offset: (node as Node).range?.[0] ?? 0, message, remedy }
}
