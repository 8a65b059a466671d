/** What the server answers about freezes: its own rows. */
export type { FreezeRow as Freeze } from '../../../src/releases/queries.ts'
