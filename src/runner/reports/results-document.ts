/** Writes every case of a job as the document that protocol/test-results.ts describes. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  type CaseResult,
  RESULTS_BYTES_MAX,
  RESULTS_PACKED_BYTES_MAX,
  type ResultsHead,
} from '../../pipelines/protocol/test-results.ts'
import type { Report } from './cases.ts'

const pack = promisify(gzip)

/** As much as the server takes; what is cut says so. */
export async function resultsDocument({
  cases,
  isCut,
}: Pick<Report, 'cases' | 'isCut'>): Promise<Buffer> {
  const text = textOf(cases, isCut)
  const isTooLong = Buffer.byteLength(text) > RESULTS_BYTES_MAX
  const packed = isTooLong ? undefined : await pack(text)
  if (packed !== undefined && packed.length <= RESULTS_PACKED_BYTES_MAX) return packed
  return resultsDocument({ cases: cases.slice(0, cases.length / 2), isCut: true })
}

function textOf(cases: readonly CaseResult[], isCut: boolean): string {
  const head: ResultsHead = { version: 1, isCut, cases: cases.length }
  return [head, ...cases].map((part) => JSON.stringify(part)).join('\n')
}
