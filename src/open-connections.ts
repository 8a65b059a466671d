/** Opens what the operator's files name: where metrics are asked for, and who delivers webhooks. */
import type { Sources } from '#catalog/sources.ts'
import { backfillOf } from '#connectors/backfills.ts'
import { datadog } from '#connectors/datadog/datadog.ts'
import { tellCdevents } from '#connectors/cdevents/sink.ts'
import { hearCdevents } from '#connectors/cdevents/webhook.ts'
import { hookSource } from '#connectors/hook-sources.ts'
import { hearTraces } from '#connectors/otlp/traces.ts'
import { prometheus } from '#connectors/prometheus/prometheus.ts'
import { readingOf } from '#connectors/shared/hearing.ts'
import type { Sink } from '#insights/ports.ts'
import { Fault } from '#kernel/fault.ts'
import type { Metrics } from '#rollouts/ports.ts'
import type { Config } from './config.ts'
import { type Connection as Inward, connectionsOf, secretsOf, tokenOf } from './connections.ts'
import { type Connection, secretOf } from './metrics-connections.ts'

const now = () => Date.now()

/** What reads what other tools tell with a token of ours. */
export const hearers = () => ({
  cdevents: hearCdevents(readingOf()),
  traces: hearTraces(readingOf()),
})

/** Who delivers webhooks and signs them, and who can be asked for what came before. */
export function toldBy({ connectionsFile, secrets }: Config) {
  const named = Object.entries(connectionsOf(connectionsFile))
  const all = named.flatMap(([name, each]): [string, Inward][] =>
    each.kind === 'cdevents-out' ? [] : [[name, each]],
  )
  return {
    hooks: all.map(([name, { secret, ...said }]) =>
      hookSource({ ...said, name, secrets: () => secretsOf(secret, secrets) }),
    ),
    backfills: all.flatMap(([name, connection]) =>
      backfillOf({ ...connection, name, token: () => tokenOf(connection, secrets) }),
    ),
  }
}

/** Who is told what happens here. */
export function toldOf({ connectionsFile, publicUrl, secrets }: Config): readonly Sink[] {
  return Object.entries(connectionsOf(connectionsFile)).flatMap(([name, each]) => {
    if (each.kind !== 'cdevents-out') return []
    const { url, timeout, token, secret, source = publicUrl ?? 'urn:signalbox' } = each
    return tellCdevents(
      {
        ...{ name, url, source, timeoutMs: 1_000 * timeout },
        token: () => token && secretsOf([token], secrets)[0],
        signing: () => (secret === undefined ? [] : secretsOf(secret, secrets)),
      },
      now,
    )
  })
}

type Connections = Readonly<Record<string, Connection>>

/** Each by the name that manifests give it. One that went away is found out when it is asked. */
export function metricsOf(
  { secrets }: Config,
  connections: Connections,
): { readonly metrics: Metrics; readonly sources: Sources } {
  const open = (name: string, connection: Connection): Metrics => {
    const secret = (reference: string) => secretOf(reference, secrets)
    const { timeout, ...facts } = connection
    const bounds = timeout === undefined ? {} : { timeoutMs: 1_000 * timeout }
    switch (facts.kind) {
      case 'prometheus':
        return prometheus(
          { ...facts, ...bounds, name, authorization: () => authorizationOf(facts, secret) },
          now,
        )
      case 'datadog':
        return datadog(
          {
            ...bounds,
            name,
            site: facts.site,
            keys: () => ({ api: secret(facts.apiKey), application: secret(facts.appKey) }),
          },
          now,
        )
    }
  }
  const known = new Map(Object.entries(connections).map(([name, each]) => [name, open(name, each)]))
  const named = (name: string): Metrics => {
    const found = known.get(name)
    if (found !== undefined) return found
    throw new Fault('metrics.unknown', `${name} is no connection of this server.`, {
      remedy: 'Add it to the file that SIGNALBOX_METRICS names, or change spec.analysis.source.',
    })
  }
  const metrics: Metrics = {
    between: async (ask) => named(ask.source.source).between(ask),
    check: (source) => named(source.source).check(source),
  }
  return { metrics, sources: { names: [...known.keys()], problemOf: problemOf(metrics) } }
}

const problemOf =
  (metrics: Metrics): Sources['problemOf'] =>
  (source) => {
    try {
      metrics.check(source)
      return undefined
    } catch (error) {
      if (error instanceof Fault) return error
      throw error
    }
  }

function authorizationOf(
  { token, basic }: Extract<Connection, { kind: 'prometheus' }>,
  secret: (reference: string) => string,
): string | undefined {
  if (token !== undefined) return `Bearer ${secret(token)}`
  if (basic === undefined) return undefined
  const pair = Buffer.from(`${basic.user}:${secret(basic.password)}`).toString('base64')
  return `Basic ${pair}`
}
