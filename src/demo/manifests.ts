/**
 * What the story declares: three environments, and a policy whose waits are seconds where the
 * built-in table has minutes. Everything else are the defaults that users run with.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Repository } from './world.ts'

const PLACES = [
  { name: 'dev', kind: 'development' },
  { name: 'staging', kind: 'staging' },
  { name: 'prod', kind: 'production' },
] as const
/** Each environment has so many: a handful of services, with what replaces them side by side. */
const PORTS_EACH = 100
const PORTS = [21_000, 22_000, 23_000]

/** Where the environments begin: one after the other where somebody said from where. */
export const placesFrom = (first: number | undefined): readonly number[] =>
  PLACES.map((_, nth) => (first === undefined ? (PORTS[nth] ?? 0) : first + nth * PORTS_EACH))

export const environments = (places: readonly number[]): string =>
  PLACES.map(({ name, kind }, nth) => {
    const from = places[nth] ?? 0
    return `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: ${name} }
spec: { kind: ${kind}, ports: { from: ${from}, to: ${from + PORTS_EACH - 1} } }
`
  }).join('---')

/** Where so many services will be met: each has the next port of each environment. */
export const portsOf = (places: readonly number[], services: number): readonly number[] =>
  places.flatMap((from) => Array.from({ length: services }, (_, n) => from + n))

/** Ten-second ticks become seconds and minutes of baking a few seconds; the judge is the same. */
export const POLICY = `
apiVersion: signalbox.dev/v1
kind: Policy
metadata: { name: default, description: The built-in table at the speed of a demonstration }
spec:
  rows:
    '*/development': { bake: 1s, ready: 60s }
    '*/staging': { bake: 1s, ready: 60s }
    '*/production':
      steps: [{ weight: 10%, bake: 4s }, { weight: 25%, bake: 4s }, { weight: 50%, bake: 3s }]
      bake: 3s
      ready: 60s
      analysis: { tick: 500ms, requestsMin: 50 }
`

/** The service's own manifest, with the address of its repository filled in. */
export function serviceManifest({ folder, address }: Repository): string {
  const text = readFileSync(join(folder, 'signalbox.yaml'), 'utf8')
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents)) return text
  for (const document of documents)
    if (document.get('kind') === 'Service')
      document.setIn(['spec', 'source', 'repository'], address)
  return documents.map(String).join('')
}
