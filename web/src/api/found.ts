/** What the server's search answers. */
export type { Found } from '../../../src/evidence/queries/search.ts'
