/** What routes about plans answer with. Instants are milliseconds since 1970. */
import { z } from 'zod'
import { ON_FAILURE } from '../plans/commands.ts'
import type { ItemState } from '../plans/state.ts'
import { verdict } from '../schemas.ts'

const instant = z.number().int().describe('milliseconds since 1970')
export const outcomes = [
  'succeeded',
  'failed',
  'rolledBack',
  'partiallyCompleted',
  'cancelled',
] as const

const ITEM_STATUSES = [
  'waiting',
  'started',
  'succeeded',
  'found',
  'failed',
  'skipped',
  'undoing',
  'undone',
  'kept',
] as const satisfies readonly ItemState['status'][]

const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('named') }),
  z.object({
    kind: z.literal('environment'),
    environment: z.string(),
    vector: z.string().nullable().describe('null: its members were not validated together'),
  }),
  z.object({ kind: z.literal('train'), train: z.string(), departure: instant }),
])
const group = z.object({
  name: z.string(),
  services: z.array(z.string()),
  onFailure: z.enum(ON_FAILURE),
  minOk: z.int(),
  maxFail: z.int(),
})

export const planSummary = z.object({
  id: z.string(),
  environment: z.string(),
  status: z.enum(['planned', 'running', 'ended']),
  outcome: z.enum(outcomes).nullable(),
  source,
  plannedBy: z.string(),
  plannedAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  services: z.array(z.string()).describe('in the order in which they go'),
  halted: z.string().nullable().describe('why, when it is'),
  revision: z.int(),
})

export const planDetail = planSummary.extend({
  items: z.array(
    z.object({
      service: z.string(),
      release: z.string(),
      version: z.string(),
      after: z.array(z.string()),
      group: z.string(),
      status: z.enum(ITEM_STATUSES),
      promotion: z.string().nullable(),
      undo: z.string().nullable().describe('the deployment that takes it back'),
      waits: z.string().nullable().describe('what it waits for'),
      reason: z.string().nullable(),
    }),
  ),
  groups: z.array(group),
  waits: z.array(z.object({ service: z.string().nullable(), why: z.string() })),
  tasks: z.array(z.object({ service: z.string(), text: z.string() })),
  history: z.array(z.looseObject({ type: z.string(), at: instant, by: z.string() })),
})

/** Of a dry run: nothing is on record. */
export const planPreview = z.object({
  dryRun: z.literal(true),
  environment: z.string(),
  source,
  items: z.array(
    z.object({
      service: z.string(),
      version: z.string(),
      after: z.array(z.string()),
      verdict: verdict.nullable().describe('as it would be judged now'),
    }),
  ),
  groups: z.array(group),
})

export const vectorShape = z.object({
  environment: z.string(),
  digest: z.string(),
  validatedAt: instant,
  members: z.array(
    z.object({
      service: z.string(),
      release: z.string(),
      version: z.string(),
      artifact: z.string(),
      config: z.string().describe('digest of how it was run'),
    }),
  ),
})
