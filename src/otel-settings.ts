/**
 * OpenTelemetry's own variables, as far as numbers are pushed by them. They are often set for
 * other programs too: what is not for us, or is not understood, is left aside as its specification
 * asks, and only what would push to the wrong place or in the wrong words is refused.
 */
import { z } from 'zod'
import type { PushSettings } from './http/push-metrics.ts'

const INTERVAL_MS = 60_000
const TIMEOUT_MS = 10_000
const PAIRS_MAX = 50

const milliseconds = (from: number, to: number, otherwise: number) =>
  z.coerce.number().int().min(from).max(to).catch(otherwise).optional()

export const otelSettings = {
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: z
    .string()
    .refine((said) => said === '' || isReceiver(said), {
      message: 'an address such as http://collector:4318/v1/metrics, without a user',
    })
    .optional()
    .describe(
      'Where the numbers of `/metrics` are pushed, by OTLP/HTTP as JSON: the whole address, ' +
        'mostly one that ends in `/v1/metrics`. Nothing is pushed without it. See ' +
        'docs/guides/reports.md.',
    ),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: z
    .string()
    .refine((said) => said === '' || said === 'http/json', {
      message: 'http/json, which is the only one that is spoken',
    })
    .optional()
    .describe('The only one that is spoken is http/json.'),
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: z
    .string()
    .optional()
    .describe(
      'Headers of the push: name=value, with commas between and values percent-encoded. Default: ' +
        'those of OTEL_EXPORTER_OTLP_HEADERS.',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .optional()
    .describe('Headers of the push, where it has none of its own.'),
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: milliseconds(100, 60_000, TIMEOUT_MS).describe(
    'Milliseconds that a push may take.',
  ),
  OTEL_METRIC_EXPORT_INTERVAL: milliseconds(1_000, 3_600_000, INTERVAL_MS).describe(
    'Milliseconds between two pushes.',
  ),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('What is pushed says this as service.name. Default: signalbox.'),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .optional()
    .describe('What else is said of its origin: name=value, with commas between.'),
}

type Found = z.infer<z.ZodObject<typeof otelSettings>>

/** Undefined: nothing is pushed. */
export function pushIn(found: Found): PushSettings | undefined {
  const url = found.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? ''
  if (url === '') return undefined
  const { OTEL_EXPORTER_OTLP_METRICS_HEADERS: own, OTEL_EXPORTER_OTLP_HEADERS: shared } = found
  const attributes = pairsIn(found.OTEL_RESOURCE_ATTRIBUTES ?? '')
  const names = [found.OTEL_SERVICE_NAME, attributes['service.name']]
  const name = names.find((each) => each !== undefined && each !== '') ?? 'signalbox'
  return {
    url,
    headers: headersIn(own ?? shared ?? ''),
    everyMs: found.OTEL_METRIC_EXPORT_INTERVAL ?? INTERVAL_MS,
    timeoutMs: found.OTEL_EXPORTER_OTLP_METRICS_TIMEOUT ?? TIMEOUT_MS,
    resource: { ...attributes, 'service.name': name },
  }
}

function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

function pairsIn(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(',')
    .slice(0, PAIRS_MAX)
    .flatMap((each): [string, string][] => {
      const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=(.*)$/s.exec(each) ?? []
      return name === '' ? [] : [[name, decoded(value.trim())]]
    })
  return Object.fromEntries(pairs)
}

/** Names that no header can have, and values that would end one, are left out. */
function headersIn(text: string): Readonly<Record<string, string>> {
  const fit = Object.entries(pairsIn(text)).filter(
    ([name, value]) => /^[\w-]{1,100}$/.test(name) && /^[\t -~]*$/.test(value),
  )
  return Object.fromEntries(fit.map(([name, value]) => [name.toLowerCase(), value]))
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
