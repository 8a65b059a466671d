/**
 * What the instances of one slot have answered since their start, over the deaths of routers and of
 * the agent. Written once a second: what a crash of both at once may lose is a second's requests.
 */
import { saveJson, loadJson } from './files.ts'
import { emptyLatency } from './latency.ts'
import { advance, totals } from './meter.ts'
import { metersRecord, type MetersRecord } from './records.ts'
import type { ServerReading } from './router.ts'

export interface Counted {
  readonly requests: number
  readonly bad: number
  readonly latency: readonly number[]
}

export class SlotMeters {
  readonly #file: string
  readonly #meters: MetersRecord
  #saved: string

  constructor(file: string) {
    this.#file = file
    this.#meters = loadJson(file, metersRecord) ?? {}
    this.#saved = JSON.stringify(this.#meters)
  }

  update(readings: readonly ServerReading[]): void {
    for (const { id, counts, latency } of readings) {
      const meter = this.#meters[id]
      this.#meters[id] = {
        counts: advance(meter?.counts, counts),
        latency: advance(meter?.latency, latency),
      }
    }
  }

  of(instance: string): Counted {
    const meter = this.#meters[instance]
    if (!meter) return { requests: 0, bad: 0, latency: emptyLatency() }
    const [requests = 0, bad = 0] = totals(meter.counts)
    return { requests, bad, latency: totals(meter.latency) }
  }

  keepOnly(instances: ReadonlySet<string>): void {
    for (const id of Object.keys(this.#meters)) if (!instances.has(id)) delete this.#meters[id]
  }

  save(): void {
    const text = JSON.stringify(this.#meters)
    if (text === this.#saved) return
    saveJson(this.#file, this.#meters, 'quick')
    this.#saved = text
  }
}
