/** What the agent keeps on disk of a slot: enough to find everything again after a crash. */
import { z } from 'zod'

export const processIdentity = z.object({ pid: z.number().int(), started: z.string() })

const instanceRecord = z.object({
  id: z.string(),
  /** 0 until one is chosen. */
  port: z.number().int(),
  restarts: z.number().int(),
  /** Whether it was last seen ready: what an adopted instance counts as until it is asked. */
  ready: z.boolean(),
  process: processIdentity.nullable(),
})

const groupRecord = z.object({
  version: z.string(),
  artifact: z.object({ digest: z.string(), path: z.string() }),
  argv: z.array(z.string()),
  health: z.string(),
  env: z.record(z.string(), z.string()),
  /** 0 for a group that is being retired. */
  replicas: z.number().int(),
  instances: z.array(instanceRecord),
})

export const slotRecord = z.object({
  service: z.string(),
  environment: z.string(),
  /** The highest seen; kept even when nothing runs any more. */
  fence: z.number().int(),
  port: z.number().int(),
  weights: z.record(z.string(), z.number()),
  groups: z.record(z.string(), groupRecord),
})

const meter = z.object({
  epoch: z.string(),
  base: z.array(z.number()),
  seen: z.array(z.number()),
})

export const metersRecord = z.record(z.string(), z.object({ counts: meter, latency: meter }))

export type InstanceRecord = z.infer<typeof instanceRecord>
export type GroupRecord = z.infer<typeof groupRecord>
export type SlotRecord = z.infer<typeof slotRecord>
export type MetersRecord = z.infer<typeof metersRecord>
