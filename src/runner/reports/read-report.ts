/**
 * Reads a test report as it was written, whoever wrote it: JUnit XML, or the events of
 * `go test -json`, told apart by their first letter unless the pipeline says which it is. The job
 * made this file, so it is bounded, read as a stream, and a link is not followed.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '#kernel/fault.ts'
import { makeTurns } from '../files.ts'
import { type Report, withinMessages } from './cases.ts'
import { goTestReader } from './go-test.ts'

/** 100,000 cases with their messages; beyond this a report is a log file. */
const REPORT_BYTES_MAX = 64 * 1024 * 1024
const READ_BYTES = 64 * 1024

export type Place = (path: string | undefined) => string | undefined

export interface ReportReader {
  write(text: string): void
  end(): Report
}

/**
 * `root` is what its paths are relative to. Throws Fault `runner.report-unreadable`: malformed,
 * hostile, too large, or no report at all.
 */
export async function readReport(
  file: string,
  { root = '', isGoTest = false }: { readonly root?: string; readonly isGoTest?: boolean } = {},
): Promise<Report> {
  const takeTurns = makeTurns()
  let fd: number | undefined
  try {
    // A link here would have the runner read, and report, something else.
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (fstatSync(fd).size > REPORT_BYTES_MAX) throw new RangeError('it is too large')
    const buffer = Buffer.alloc(READ_BYTES)
    const first = readSync(fd, buffer)
    const head = buffer.subarray(0, first)
    // What the compiler said may come before the first event. A reader of XML is loaded for who
    // has some: it takes longer than finding a hundred jobs.
    const reader =
      isGoTest || head.toString('latin1').trimStart().startsWith('{')
        ? goTestReader()
        : (await import('./junit.ts')).junitReader(placeIn(root))
    const decoder = new TextDecoder(encodingOf(head))
    let carried = ''
    let read = 0
    for (let size = first; size > 0; size = readSync(fd, buffer)) {
      // It may grow under our eyes.
      if ((read += size) > REPORT_BYTES_MAX) throw new RangeError('it is too large')
      const text = carried + decoder.decode(buffer.subarray(0, size), { stream: true })
      // A reference may lie across two reads: what follows the last `&` waits for its end.
      const cut = text.indexOf(';', text.lastIndexOf('&')) < 0 ? text.lastIndexOf('&') : -1
      const whole = cut >= 0 && text.length - cut < 12 ? text.slice(0, cut) : text
      carried = text.slice(whole.length)
      reader.write(whole)
      await takeTurns()
    }
    reader.write(carried + decoder.decode())
    const report = reader.end()
    return { ...report, cases: withinMessages(report.cases) }
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function encodingOf(head: Buffer): string {
  const declared = /^[^<]*<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(head.toString('latin1'))
  return declared?.[1] ?? 'utf-8'
}

/** Paths from the service's folder, so that they are the same in the next workspace. */
const placeIn =
  (root: string): Place =>
  (path) => {
    if (path === undefined) return undefined
    const inside = root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
    const plain = inside.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
    return plain.startsWith('/') || plain === '' ? undefined : plain
  }

function unreadable(file: string, cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message.slice(0, 200) : String(cause)
  return new Fault('runner.report-unreadable', `The test report cannot be read: ${why}`, {
    remedy: `Have the tests write JUnit XML, or what go test -json prints, to ${file}.`,
    retry: false,
    cause,
  })
}
