/** What the server answers about emergencies and the reviews owed for them: its own types. */
import type { z } from 'zod'
import type { emergencyAnswer } from '../../../src/rollouts/routes/emergency-shapes.ts'

export type { ReviewRow as Review } from '../../../src/operations/queries.ts'

/** Rights of a slot for a while. */
export type Emergency = z.infer<typeof emergencyAnswer>
export type LateCheck = Emergency['lateFailed'][number]
