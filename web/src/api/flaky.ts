/** What the server answers about flaky tests: the types of its own shapes. */
export type { FlakySummary as FlakyCase } from '../../../src/pipelines/routes/flaky-shapes.ts'
