/** Artifacts with what is attested of them. */
import { defineView, type View } from '#engine/views.ts'
import type { ArtifactEvent } from './events.ts'

export interface Attested {
  readonly predicateType: string
  readonly digest: string
  readonly keyId: string
  readonly about?: string | undefined
}

export interface ArtifactRow {
  readonly digest: string
  readonly service: string
  readonly repository: string
  readonly branch: string
  readonly sha: string
  readonly run: string
  readonly layer: string
  readonly size_bytes: number
  readonly files: number
  readonly complete: boolean
  /** What it is called where it lies, and its address; null: it lies here. */
  readonly elsewhere: { readonly name: string; readonly uri: string | null } | null
  readonly attestations: readonly Attested[]
  /** The last time it was refused, if it ever was. */
  readonly trouble: string | null
  readonly published_at: number
  /** Since then nothing may start with it; null: its bytes are kept. */
  readonly pruned_at: number | null
  readonly pruned_by: string | null
  readonly pruned_why: string | null
  /** Since then its bytes are gone. */
  readonly removed_at: number | null
}

const KEPT = { pruned_at: null, pruned_by: null, pruned_why: null, removed_at: null } as const

const NEW = { complete: false, attestations: [], trouble: null, ...KEPT } as const

const artifactsView = defineView<ArtifactRow, ArtifactEvent>({
  name: 'artifacts',
  version: 4,
  reads: ['artifact'],
  columns: {
    digest: 'text',
    service: 'text',
    repository: 'text',
    branch: 'text',
    sha: 'text',
    run: 'text',
    layer: 'text',
    size_bytes: 'bigint',
    files: 'integer',
    complete: 'boolean',
    elsewhere: 'jsonb',
    attestations: 'jsonb',
    trouble: 'text',
    published_at: 'timestamptz',
    pruned_at: 'timestamptz',
    pruned_by: 'text',
    pruned_why: 'text',
    removed_at: 'timestamptz',
  },
  key: ['digest'],
  indexes: [['service', 'published_at'], ['published_at'], ['sha'], ['run'], ['pruned_at']],
  rows: ({ id }) => [[id]],
  fold(row, { event }) {
    if (event.type === 'artifact.published') {
      const { type: _, by: __, at, sizeBytes, ...facts } = event
      return { ...facts, size_bytes: sizeBytes, ...NEW, elsewhere: null, published_at: at }
    }
    if (event.type === 'artifact.reported') {
      const { type: _, by: __, at, sizeBytes, name, uri = null, ...facts } = event
      const there = { layer: '', files: 0, size_bytes: sizeBytes, elsewhere: { name, uri } }
      return { ...facts, ...NEW, ...there, published_at: at }
    }
    if (row === undefined) return undefined
    switch (event.type) {
      case 'artifact.attested': {
        const { predicateType, attestation, keyId, about } = event
        const one = { predicateType, digest: attestation, keyId, ...(about && { about }) }
        return { ...row, attestations: [...row.attestations, one] }
      }
      case 'artifact.completed':
        return { ...row, complete: true }
      case 'artifact.verificationFailed':
        return { ...row, trouble: event.reason }
      case 'artifact.pruned':
        return { ...row, pruned_at: event.at, pruned_by: event.by, pruned_why: event.reason }
      case 'artifact.spared':
        return { ...row, ...KEPT }
      case 'artifact.removed':
        return { ...row, removed_at: event.at, complete: false }
    }
  },
})

export const views: readonly View[] = [artifactsView]
