/**
 * Pushes what /metrics tells, once an interval, to where OpenTelemetry's own variables say. One
 * push at a time, bounded in time and size; what is not taken is gone, since the next one says all
 * of it again.
 */
import type { Labels, Metric } from '#engine/exposition.ts'
import type { Logger } from '#engine/log.ts'
import { otlpOf } from './otlp-metrics.ts'

export interface PushSettings {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly everyMs: number
  readonly timeoutMs: number
  readonly resource: Labels
}

export interface PushNeeds extends PushSettings {
  readonly version: string
  readonly log: Logger
  measure(): Promise<readonly Metric[]>
  now(): number
}

/** Far more than the fifty services that are named can fill. */
const BYTES_MAX = 8 * 1024 * 1024

export class MetricsPush {
  readonly #needs: PushNeeds
  readonly #stopped = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #pushing: Promise<void> | undefined
  #trouble: string | undefined

  constructor(needs: PushNeeds) {
    this.#needs = needs
  }

  start(): void {
    this.#timer = setInterval(() => void this.push(), this.#needs.everyMs)
    this.#timer.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopped.abort()
    await this.#pushing
  }

  /** Now; while one is under way, that one. Never throws. */
  push(): Promise<void> {
    this.#pushing ??= this.#tell().finally(() => {
      this.#pushing = undefined
    })
    return this.#pushing
  }

  async #tell(): Promise<void> {
    const trouble = await this.#send().catch(reasonOf)
    if (this.#stopped.signal.aborted) return
    const { log } = this.#needs
    // Said when it changes: a receiver that is away for a night fills no log.
    if (trouble !== undefined && trouble !== this.#trouble)
      log.warn({ why: trouble }, 'metrics cannot be pushed')
    if (trouble === undefined && this.#trouble !== undefined) log.info('metrics are pushed again')
    this.#trouble = trouble
  }

  /** Undefined: it was taken. */
  async #send(): Promise<string | undefined> {
    const { url, headers, timeoutMs, now, ...origin } = this.#needs
    const body = JSON.stringify(otlpOf(await this.#needs.measure(), origin, now()))
    if (Buffer.byteLength(body) > BYTES_MAX) return `they are more than ${BYTES_MAX} bytes`
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      // The headers are for the address that the operator gave, and for no other.
      redirect: 'manual',
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#stopped.signal]),
    })
    await response.body?.cancel().catch(() => {})
    return response.ok ? undefined : `the receiver answers with ${response.status}`
  }
}

/** Never the address or a header: either may hold a secret. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const { cause } = error as { readonly cause?: { readonly code?: unknown } }
  return typeof cause?.code === 'string' ? cause.code : 'it failed'
}
