/** What runs keep for people to look at, as long as it is kept. */
import { defineView } from '#engine/views.ts'
import type { RunEvent } from '../events.ts'

export interface RunArtifactRow {
  readonly run: string
  readonly job: string
  readonly name: string
  readonly service: string
  readonly attempt: number
  readonly digest: string
  readonly size_bytes: number
  readonly files: number
  readonly file_name: string
  readonly published_at: number
  readonly expires_at: number
}

export const runArtifacts = defineView<RunArtifactRow, RunEvent>({
  name: 'run_artifacts',
  version: 1,
  reads: ['run'],
  columns: {
    run: 'text',
    job: 'text',
    name: 'text',
    service: 'text',
    attempt: 'integer',
    digest: 'text',
    size_bytes: 'bigint',
    files: 'integer',
    file_name: 'text',
    published_at: 'timestamptz',
    expires_at: 'timestamptz',
  },
  key: ['run', 'job', 'name'],
  indexes: [['digest'], ['expires_at']],
  rows: ({ event, id }) =>
    event.type === 'run.artifactPublished' ? [[id, event.job, event.name]] : [],
  fold(row, { event }) {
    if (event.type !== 'run.artifactPublished') return row
    return {
      run: event.run,
      job: event.job,
      name: event.name,
      service: event.service,
      attempt: event.attempt,
      digest: event.digest,
      size_bytes: event.sizeBytes,
      files: event.files,
      file_name: event.fileName,
      published_at: event.at,
      expires_at: event.expiresAt,
    }
  },
})
