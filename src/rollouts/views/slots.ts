/** What each slot holds, and what was ever validated in it. */
import { defineView } from '#engine/views.ts'
import type { SlotEvent } from '../events.ts'
import { slot, type SlotState } from '../slot.ts'

export interface SlotRow {
  /** `<environment>/<service>`. */
  readonly id: string
  readonly service: string
  readonly environment: string
  /** On the loopback address. */
  readonly port: number
  /** The deployment on its way here. */
  readonly holder: string | null
  readonly revision: number
  readonly state: SlotState
}

/** A fact that stays: a later failure does not take it back, only a veto does. */
export interface ValidationRow {
  readonly slot: string
  readonly deployment: string
  readonly service: string
  readonly environment: string
  readonly release: string
  readonly version: string
  readonly artifact: string
  readonly at: number
}

export const slotsView = defineView<SlotRow, SlotEvent>({
  name: 'slots',
  version: 3,
  reads: ['slot'],
  columns: {
    id: 'text',
    service: 'text',
    environment: 'text',
    port: 'integer',
    holder: 'text',
    revision: 'integer',
    state: 'jsonb',
  },
  key: ['id'],
  indexes: [['environment'], ['service']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id, version: revision }) {
    const state = slot.evolve(row?.state ?? slot.initial, event)
    if (state.opened === undefined) return undefined
    const holder = state.holder?.deployment ?? null
    return { id, ...state.opened, holder, revision, state }
  },
})

export const validationsView = defineView<ValidationRow, SlotEvent>({
  name: 'validations',
  version: 1,
  reads: ['slot'],
  columns: {
    slot: 'text',
    deployment: 'text',
    service: 'text',
    environment: 'text',
    release: 'text',
    version: 'text',
    artifact: 'text',
    at: 'timestamptz',
  },
  key: ['slot', 'deployment'],
  indexes: [['service', 'environment', 'release']],
  rows: ({ event, id }) =>
    event.type === 'release.validated' ? [[id, event.deployed.deployment]] : [],
  fold(row, { event, id }) {
    if (event.type !== 'release.validated') return row
    const { service, environment, deployed, at } = event
    return { slot: id, service, environment, ...deployed, at }
  },
})
