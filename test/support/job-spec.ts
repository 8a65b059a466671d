/** A job as planned, of which only that matters which a test names. */
import type { JobSpec } from '#pipelines/events.ts'

export const jobSpec = (name: string, more: Partial<JobSpec> = {}): JobSpec => ({
  ...{ name, needs: [], run: 'true', include: [], inputs: [], outputs: [], env: {}, junit: [] },
  ...{ timeoutMs: 20_000, idleMs: 20_000, graceMs: 200 },
  ...more,
})
