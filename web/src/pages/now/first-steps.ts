/** What is to be done before the first release, and how one sees that it was. */
import type { Environment, Run, Service } from '../../api/types.ts'

export const STEPS = ['environment', 'service', 'pipeline', 'run'] as const

export const ENVIRONMENT = `apiVersion: signalbox.dev/v1
kind: Environment
metadata: { name: prod }
spec: { kind: production, ports: { from: 23000, to: 23099 } }`

export const SERVICE = `apiVersion: signalbox.dev/v1
kind: Service
metadata: { name: checkout, owner: team-payments, tier: 2, description: Takes orders }
spec:
  source: { repository: https://git.example.com/shop/checkout.git, branch: main }
  path: [prod]
  deploy: { run: { argv: [node, server.js], health: /healthz } }`

export const PIPELINE = `apiVersion: signalbox.dev/v1
kind: Pipeline
spec:
  jobs:
    test: { run: npm test, inputs: ['**'] }
    package: { needs: [test], uses: package, with: { include: ['**'] } }`

const PLENTY = 10

interface Known {
  readonly environments: readonly Pick<Environment, 'name'>[]
  readonly services: readonly Pick<Service, 'name'>[]
  readonly runs: readonly Pick<Run, 'refusal' | 'outcome'>[]
}

export function stepsDone({ environments, services, runs }: Known) {
  return {
    environment: environments.length > 0,
    service: services.length > 0,
    // One that could be planned: there is a pipeline, and it says what can be.
    pipeline: runs.some(({ refusal }) => refusal === null),
    // Who has seen so many needs no steps, however they ended.
    run: runs.length >= PLENTY || runs.some(({ outcome }) => outcome === 'succeeded'),
  } satisfies Record<(typeof STEPS)[number], boolean>
}

/** The last part of an address: what people call it. */
export const repositoryIn = (address: string) =>
  address
    .replace(/\/+$/, '')
    .split(/[/:]/)
    .at(-1)
    ?.replace(/\.git$/, '') || address
