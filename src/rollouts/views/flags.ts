/** Flags as they are, and the changes that were made of them: deployments of kind flag. */
import { defineView } from '#engine/views.ts'
import type { FlagEvent, FlagOutcome, FlagRules, FlagSpec } from '../events/flags.ts'
import { flag as decider, type DefinedFlag, type Placement } from '../flags/flag.ts'

export interface FlagRow {
  readonly flag: string
  readonly service: string
  readonly spec: FlagSpec
  readonly declared: DefinedFlag['declared']
  readonly environments: Readonly<Record<string, Placement>>
  readonly revision: number
}

export interface FlagChangeRow {
  readonly id: string
  readonly flag: string
  readonly service: string
  readonly environment: string
  /** Null: what people get is not told in shares, for it was killed. */
  readonly rules: FlagRules | null
  readonly outcome: 'waiting' | 'succeeded' | 'kill' | FlagOutcome
  readonly reason: string
  readonly by: string
  readonly plannedAt: number
  readonly endedAt: number | null
}

export const flagsView = defineView<FlagRow, FlagEvent>({
  name: 'flags',
  version: 1,
  reads: ['flag'],
  columns: {
    flag: 'text',
    service: 'text',
    spec: 'jsonb',
    declared: 'jsonb',
    environments: 'jsonb',
    revision: 'integer',
  },
  key: ['flag'],
  indexes: [['service']],
  rows: ({ id }) => [[id]],
  fold(row, { event, version }) {
    const before = row === undefined ? decider.initial : definedOf(row)
    const state = decider.evolve(before, event)
    if (state.status === 'none') return row
    const { flag, spec, declared, environments } = state
    return { flag, service: spec.service, spec, declared, environments, revision: version }
  },
})

export function definedOf({ flag, spec, declared, environments }: FlagRow): DefinedFlag {
  return { status: 'defined', flag, spec, declared, environments }
}

/** A kill was never planned: it is known by where it stands in the flag's history. */
const idOf = (event: FlagEvent, id: string, version: number) =>
  'change' in event ? event.change : `${id}/${version}`

export const flagChangesView = defineView<FlagChangeRow, FlagEvent>({
  name: 'flag_changes',
  version: 1,
  reads: ['flag'],
  columns: {
    id: 'text',
    flag: 'text',
    service: 'text',
    environment: 'text',
    rules: 'jsonb',
    outcome: 'text',
    reason: 'text',
    by: 'text',
    plannedAt: 'timestamptz',
    endedAt: 'timestamptz',
  },
  key: ['id'],
  indexes: [
    ['flag', 'plannedAt'],
    ['service', 'plannedAt'],
  ],
  rows({ event, id, version }) {
    switch (event.type) {
      case 'flag.planned':
      case 'flag.dropped':
      case 'flag.changed':
      case 'flag.killed':
        return [[idOf(event, id, version)]]
      case 'flag.defined':
      case 'flag.approved':
      case 'flag.stepped':
        return []
    }
  },
  fold(row, { event, id, version }) {
    switch (event.type) {
      case 'flag.planned': {
        const { change, flag, service, environment, rules, reason, by, at } = event
        const place = { id: change, flag, service, environment, rules, reason, by }
        return { ...place, outcome: 'waiting', plannedAt: at, endedAt: null }
      }
      case 'flag.dropped':
        return row && { ...row, outcome: event.outcome, reason: event.reason, endedAt: event.at }
      case 'flag.changed':
        return row && { ...row, outcome: 'succeeded', endedAt: event.at }
      case 'flag.killed': {
        const { flag, service, environment, reason, by, at } = event
        const place = { id: idOf(event, id, version), flag, service, environment, reason, by }
        return { ...place, rules: null, outcome: 'kill', plannedAt: at, endedAt: at }
      }
      case 'flag.defined':
      case 'flag.approved':
      case 'flag.stepped':
        return row
    }
  },
})
