/** The connections that can be asked for what came before their hooks. */
import type { Backfill } from '#insights/ports.ts'
import { githubBackfill } from './github/backfill.ts'
import { gitlabBackfill } from './gitlab/backfill.ts'
import { readingOf } from './shared/hearing.ts'

type Words = NonNullable<Parameters<typeof readingOf>[0]>

export interface BackfillSettings extends Words {
  readonly name: string
  readonly kind: string
  readonly backfill?: { readonly url: string; readonly repositories: readonly string[] } | undefined
  token(): string | undefined
}

/** None, of a connection that says not what to ask for. */
export function backfillOf(settings: BackfillSettings): readonly Backfill[] {
  const { name, kind, backfill, token } = settings
  if (backfill === undefined) return []
  const about = { ...backfill, connection: name, reading: readingOf(settings), token }
  return [kind === 'gitlab' ? gitlabBackfill(about) : githubBackfill(about)]
}
