/**
 * Reads the document with every case of a job, as a runner stored it. A runner is trusted with its
 * job and with nothing else: every part of the document is bounded and checked before it counts.
 */
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Fault } from '#kernel/fault.ts'
import type { BlobStore } from '../ports.ts'
import {
  caseResult,
  type CaseResult,
  RESULTS_BYTES_MAX,
  RESULTS_PACKED_BYTES_MAX,
  resultsHead,
} from '../protocol/test-results.ts'

export interface TestResults {
  readonly cases: readonly CaseResult[]
  readonly isCut: boolean
}

const unpack = promisify(gunzip)

/** Throws Fault `tests.results-unreadable`, `blob.missing`. */
export async function testResults(blobs: BlobStore, digest: string): Promise<TestResults> {
  const { body, sizeBytes } = await blobs.get(digest)
  if (sizeBytes > RESULTS_PACKED_BYTES_MAX) {
    body.resume()
    throw unreadable(`it has ${sizeBytes} bytes`)
  }
  const packed = await buffer(body)
  try {
    const text = await unpack(packed, { maxOutputLength: RESULTS_BYTES_MAX })
    return parsed(text.toString('utf8').split('\n'))
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message.slice(0, 200) : String(cause), cause)
  }
}

function parsed([first = '', ...lines]: readonly string[]): TestResults {
  const head = resultsHead.parse(JSON.parse(first))
  if (lines.length !== head.cases) throw new Error(`${lines.length} cases, not ${head.cases}`)
  const cases = lines.map((line) => caseResult.parse(JSON.parse(line)))
  const names = new Set(cases.map(({ id }) => id))
  if (names.size !== cases.length) throw new Error('two cases share an id')
  return { cases, isCut: head.isCut }
}

function unreadable(why: string, cause?: unknown): Fault {
  return new Fault('tests.results-unreadable', `The results of the tests cannot be read: ${why}`, {
    remedy: 'Run the same version of Signalbox on the server and on its runners.',
    retry: false,
    cause,
  })
}
