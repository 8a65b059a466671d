/** What is to come on the calendar beside windows: trains that leave, what is due for a runbook. */
import type { Runbook } from '../api/governance.ts'
import type { Train } from '../api/plans.ts'
import type { Span } from './span.ts'

export interface Ahead {
  readonly key: string
  readonly at: number
  readonly environment: string
  readonly text: string
  readonly glyph: string
  /** What it leads to: one of them. */
  readonly train?: string
  readonly service?: string
}

export function aheadIn(
  known: {
    readonly trains: readonly Pick<Train, 'id' | 'to' | 'next' | 'services'>[]
    readonly runbooks: readonly Runbook[]
    readonly environments: readonly string[]
    /** Undefined: of all. */
    readonly service: string | undefined
  },
  { from, to }: Span,
): readonly Ahead[] {
  const { trains, runbooks, environments, service } = known
  // Drills and reviews are asked for where it hurts: the last of the environments.
  const last = environments.at(-1) ?? ''
  const isIn = (at: number | null): at is number => at !== null && from <= at && at < to
  const isMine = (name: string) => service === undefined || name === service
  return [
    ...trains
      .filter(({ services }) => services.some(isMine))
      .flatMap(({ id, to: environment, next: at }): Ahead[] =>
        isIn(at)
          ? [
              {
                key: `train ${id}`,
                at,
                environment,
                text: `train ${id} leaves`,
                glyph: '▸',
                train: id,
              },
            ]
          : [],
      ),
    ...runbooks
      .filter((row) => isMine(row.service))
      .flatMap(({ service: name, freshUntil, drillCountsUntil }): Ahead[] => {
        const due = (at: number | null, what: string): Ahead[] =>
          isIn(at)
            ? [
                {
                  key: `${what} ${name}`,
                  at,
                  environment: last,
                  text: `${what} of ${name} is due`,
                  glyph: '↺',
                  service: name,
                },
              ]
            : []
        return [
          ...due(drillCountsUntil, 'rollback drill'),
          ...due(freshUntil, 'review of the runbook'),
        ]
      }),
  ]
}
