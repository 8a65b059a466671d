/**
 * What client and agent say to each other: JSON over HTTP on a Unix socket. Both sides parse what
 * they get: the agent outlives the server's updates, so the two may be of different versions.
 */
import { z } from 'zod'
import type { Slot } from '#rollouts/ports.ts'

/** Names become file names and parts of URLs. */
const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,62}$/, 'must be letters, digits, . _ or -')
const groupName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,99}$/, 'must be letters, digits, . _ : or -')
  .refine((group) => !(group in {}), 'is a word of the language')
const fence = z.number().int().min(0)
const port = z.number().int().min(1).max(65_535)
const percent = z.number().min(0).max(100)
/** What the agent itself sets. */
const OWN_ENV = /^(PORT|HOST|PATH|HOME|SIGNALBOX_\w+)$/

export const slotName = z.object({ service: name, environment: name })

export const groupSpec = z.object({
  slot: slotName,
  group: groupName,
  fence,
  version: z.string().min(1).max(200),
  artifact: z.object({
    digest: z.string().regex(/^sha(256|512):[0-9a-f]{64,128}$/, 'must be sha256:…'),
    path: z.string().startsWith('/', 'must be an absolute path'),
  }),
  argv: z.array(z.string().max(8192)).min(1).max(200),
  health: z.string().regex(/^\/[!-~]{0,500}$/, 'must be an HTTP path'),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,199}$/), z.string().max(32_768))
    .refine((env) => Object.keys(env).length <= 500, 'holds more than 500 names')
    .refine(
      (env) => !Object.keys(env).some((key) => OWN_ENV.test(key)),
      'PORT, HOST, PATH, HOME and SIGNALBOX_… are set by the agent',
    ),
  /** A machine is no cluster. */
  replicas: z.number().int().min(1).max(50),
  takesOver: groupName.optional(),
  port,
})

export const weighWish = z.object({
  slot: slotName,
  fence,
  weights: z
    .record(groupName, percent)
    .refine(
      (weights) => Math.abs(Object.values(weights).reduce((a, b) => a + b, 0) - 100) < 1e-6,
      'must sum to 100',
    ),
})

export const retireWish = z.object({ slot: slotName, fence, group: groupName })
export const slotWish = z.object({ slot: slotName })
export const stopWish = z.object({ instances: z.enum(['keep', 'stop']) })

const instanceStatus = z.object({
  id: z.string(),
  pid: z.number(),
  port: z.number(),
  state: z.enum(['starting', 'ready', 'unhealthy', 'exited']),
  restarts: z.number(),
  /** Agents of earlier versions do not say. */
  trouble: z.string().default(''),
  tail: z.string(),
})

export const groupStatus = z.object({
  group: z.string(),
  version: z.string(),
  replicas: z.number(),
  ready: z.number(),
  preview: z.string().optional(),
  instances: z.array(instanceStatus),
})

export const slotStatus = z.object({
  slot: slotName,
  fence: z.number(),
  port: z.number(),
  router: z.enum(['haproxy', 'node']),
  groups: z.array(groupStatus),
  weights: z.record(z.string(), z.number()),
})

export const slotAnswer = z.object({ status: slotStatus.nullable() })

export const countersAnswer = z.array(
  z.object({
    group: z.string(),
    instance: z.string(),
    requests: z.number(),
    bad: z.number(),
    latency: z.array(z.number()),
  }),
)

export const snapshotAnswer = z.object({
  running: z.array(
    z.object({
      slot: z.object({ service: z.string(), environment: z.string() }),
      group: z.string(),
      version: z.string(),
      artifact: z.string(),
      weight: z.number(),
      instances: z.number(),
      isIntact: z.boolean().nullable(),
    }),
  ),
})

export const agentInfo = z.object({
  pid: z.number(),
  router: z.enum(['haproxy', 'node']),
})
export type AgentInfo = z.infer<typeof agentInfo>

/** The file name and the router's name of a slot. */
export function keyOf(slot: Slot): string {
  return `${slot.service}~${slot.environment}`
}
