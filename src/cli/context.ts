/** What every verb is handed: the server to talk to, and how to say what came of it. */
import type { Api } from './api.ts'

export type Format = 'table' | 'json' | 'yaml'

export interface CliContext {
  readonly api: Api
  readonly format: Format
  readonly io: Io
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether a person looks: live views and colours only then. */
  readonly isTerminal: boolean
  readonly colour: boolean
  readonly columns: number
}

/** Exit codes: scripts rely on them, so they are few and do not change. */
export const EXIT = { done: 0, refused: 1, usage: 2, waiting: 3, unreachable: 4 } as const
