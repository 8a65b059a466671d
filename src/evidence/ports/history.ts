/** What evidence asks of git, beside what it reads of the rooms. */
import type { Git } from '#catalog/ports.ts'

export type GitHistory = Pick<Git, 'range' | 'mergePaths'>
