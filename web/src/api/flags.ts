/** What the server answers about flags: the types of its own shapes, so that no page drifts from it. */
import type { z } from 'zod'
import type { flagDetail, flagSummary } from '../../../src/rollouts/routes/flag-shapes.ts'

export type FlagSummary = z.infer<typeof flagSummary>
export type FlagDetail = z.infer<typeof flagDetail>
/** One flag in one environment. */
export type FlagPlace = FlagSummary['environments'][number]
export type FlagPlaceDetail = FlagDetail['environments'][number]
export type FlagRules = NonNullable<FlagPlace['rules']>
