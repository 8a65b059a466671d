/** Keys that sign elsewhere, and what was recorded with them. */
import { defineView, type View } from '#engine/views.ts'
import type { RecordEvent, RecorderEvent } from '../events/records.ts'

export interface RecorderRow {
  readonly recorder: string
  readonly key: string
  readonly name: string
  readonly actor: string
  readonly registeredAt: number
  readonly retiredAt: number | null
}

export interface RecordRow {
  readonly record: string
  readonly kind: 'check' | 'unanswered'
  readonly recorder: string
  readonly number: number
  readonly digest: string
  readonly previous: string | null
  readonly service: string
  readonly environment: string | null
  readonly release: string | null
  readonly artifact: string | null
  readonly commit: string | null
  readonly check: string | null
  readonly outcome: 'succeeded' | 'failed' | null
  readonly job: string | null
  readonly tests: { readonly passed: number; readonly failed: number } | null
  readonly link: string | null
  readonly policy: string | null
  readonly by: string
  readonly recordedAt: number
  readonly receivedAt: number
  readonly reviewedBy: string | null
  readonly note: string | null
}

const recordersView = defineView<RecorderRow, RecorderEvent>({
  name: 'recorders',
  version: 1,
  reads: ['recorder'],
  columns: {
    recorder: 'text',
    key: 'text',
    name: 'text',
    actor: 'text',
    registeredAt: 'timestamptz',
    retiredAt: 'timestamptz',
  },
  key: ['recorder'],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'recorder.retired') return row && { ...row, retiredAt: event.at }
    const { key, name, by, at } = event
    return { recorder: id, key, name, actor: by, registeredAt: at, retiredAt: null }
  },
})

const recordsView = defineView<RecordRow, RecordEvent>({
  name: 'records',
  version: 1,
  reads: ['record'],
  columns: {
    record: 'text',
    kind: 'text',
    recorder: 'text',
    number: 'integer',
    digest: 'text',
    previous: 'text',
    service: 'text',
    environment: 'text',
    release: 'text',
    artifact: 'text',
    commit: 'text',
    check: 'text',
    outcome: 'text',
    job: 'text',
    tests: 'jsonb',
    link: 'text',
    policy: 'text',
    by: 'text',
    recordedAt: 'timestamptz',
    receivedAt: 'timestamptz',
    reviewedBy: 'text',
    note: 'text',
  },
  key: ['record'],
  indexes: [['recorder', 'number'], ['artifact'], ['commit'], ['service', 'receivedAt']],
  rows: ({ id }) => [[id]],
  fold(row, { event, id }) {
    if (event.type === 'record.reviewed')
      return row && { ...row, reviewedBy: event.by, note: event.note }
    const { at: receivedAt, recorder, number, digest, previous, recordedAt, by, service } = event
    const facts = { recorder, number, digest, previous, recordedAt, by, service }
    return { record: id, receivedAt, ...facts, ...BLANK, ...saidBy(event) }
  },
})

type Said = Exclude<RecordEvent, { type: 'record.reviewed' }>

function saidBy(event: Said): Pick<RecordRow, 'kind'> & Partial<RecordRow> {
  if (event.type === 'record.unansweredReceived') {
    const { environment, policy, release = null } = event
    return { kind: 'unanswered', environment, policy, release }
  }
  const { artifact = null, commit = null, check, outcome, job, tests = null, link = null } = event
  return { kind: 'check', artifact, commit, check, outcome, job, tests, link }
}

const BLANK = {
  environment: null,
  release: null,
  artifact: null,
  commit: null,
  check: null,
  outcome: null,
  job: null,
  tests: null,
  link: null,
  policy: null,
  reviewedBy: null,
  note: null,
} as const

export const recordViews: readonly View[] = [recordersView, recordsView]
