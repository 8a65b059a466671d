/**
 * What the story declares: three environments, and a policy whose waits are seconds where the
 * built-in table has minutes. Everything else are the defaults that users run with.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Repository } from './world.ts'

const environment = (name: string, kind: string, from: number) => `
apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: ${name} }
spec: { kind: ${kind}, ports: { from: ${from}, to: ${from + 99} } }
`

const PLACES = [
  { name: 'dev', kind: 'development', from: 21_000 },
  { name: 'staging', kind: 'staging', from: 22_000 },
  { name: 'prod', kind: 'production', from: 23_000 },
] as const

export const ENVIRONMENTS = PLACES.map(({ name, kind, from }) =>
  environment(name, kind, from),
).join('---')

/** Where so many services will be met: each has the next port of each environment. */
export const portsOf = (services: number): readonly number[] =>
  PLACES.flatMap(({ from }) => Array.from({ length: services }, (_, n) => from + n))

/** Ten-second ticks become seconds and minutes of baking a few seconds; the judge is the same. */
export const POLICY = `
apiVersion: signalbox.dev/v1
kind: Policy
metadata: { name: default, description: The built-in table at the speed of a demonstration }
spec:
  rows:
    '*/development': { bake: 1s, ready: 20s }
    '*/staging': { bake: 1s, ready: 20s }
    '*/production':
      steps: [{ weight: 10%, bake: 4s }, { weight: 25%, bake: 4s }, { weight: 50%, bake: 3s }]
      bake: 3s
      ready: 20s
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
