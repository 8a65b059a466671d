/**
 * Reads JUnit XML as a stream: totals, and the first failures by name. The dialects agree on little
 * more than `testcase` with `failure`, `error` or `skipped` in it, so nothing else is relied upon;
 * the counts that suites state about themselves are ignored, since they are often wrong.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { SaxesParser } from 'saxes'
import { Fault } from '#kernel/fault.ts'
import type { TestTotals } from '../pipelines/events.ts'
import { makeTurns } from './files.ts'

/** 100,000 cases with their messages; beyond this a report is a log file. */
const REPORT_BYTES_MAX = 64 * 1024 * 1024
const READ_BYTES = 64 * 1024
/** Suites in suites go a few deep; the parser keeps an object for every level. */
const DEPTH_MAX = 64
const FAILURES_MAX = 50
const NAME_LENGTH_MAX = 500
const MESSAGE_LENGTH_MAX = 2000
/** Terminals' colour codes are not XML, and test tools write them into messages all the same. */
const CONTROL = /[\0-\x08\x0B\x0C\x0E-\x1F]/g
const CONTROL_REFERENCE =
  /&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));/g

export const NO_TESTS: TestTotals = {
  passed: 0,
  failed: 0,
  skipped: 0,
  durationMs: 0,
  failures: [],
}

export function addTotals(a: TestTotals, b: TestTotals): TestTotals {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    durationMs: a.durationMs + b.durationMs,
    failures: [...a.failures, ...b.failures].slice(0, FAILURES_MAX),
  }
}

/** Throws Fault `runner.report-unreadable`: malformed, hostile, too large, or no JUnit at all. */
export async function readJUnit(file: string): Promise<TestTotals> {
  const reader = makeReader()
  const takeTurns = makeTurns()
  let fd: number | undefined
  try {
    // The job made this file: a link here would have the runner read, and report, something else.
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (fstatSync(fd).size > REPORT_BYTES_MAX) throw new RangeError('it is too large')
    const buffer = Buffer.alloc(READ_BYTES)
    const first = readSync(fd, buffer)
    const decoder = new TextDecoder(encodingOf(buffer.subarray(0, first)))
    let carried = ''
    for (let size = first; size > 0; size = readSync(fd, buffer)) {
      const text = carried + decoder.decode(buffer.subarray(0, size), { stream: true })
      // A reference may lie across two reads: what follows the last `&` waits for its end.
      const cut = text.indexOf(';', text.lastIndexOf('&')) < 0 ? text.lastIndexOf('&') : -1
      const whole = cut >= 0 && text.length - cut < 12 ? text.slice(0, cut) : text
      carried = text.slice(whole.length)
      reader.write(whole)
      await takeTurns()
    }
    reader.write(carried + decoder.decode())
    return reader.end()
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

interface Case {
  readonly name: string
  state: 'passed' | 'failed' | 'skipped'
  message: string
}

function makeReader() {
  const totals = { passed: 0, failed: 0, skipped: 0, durationMs: 0 }
  const failures: { name: string; message: string }[] = []
  const suites: string[] = []
  let depth = 0
  let current: Case | undefined
  let isMessage = false
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    // The only use of a document type in a report is to define entities that explode.
    throw new Error('it has a document type')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (depth === 0 && name !== 'testsuites' && name !== 'testsuite')
      throw new Error(`its root is <${name}>, not <testsuites>`)
    if (++depth > DEPTH_MAX) throw new Error(`it is more than ${DEPTH_MAX} elements deep`)
    if (name === 'testsuite') suites.push(attributes['name'] ?? '')
    if (name === 'testcase') {
      current = { name: nameOf(suites.at(-1), attributes), state: 'passed', message: '' }
      totals.durationMs += millis(attributes['time'])
    } else if (current === undefined) return
    else if (name === 'skipped' && current.state === 'passed') current.state = 'skipped'
    else if (name === 'failure' || name === 'error') {
      current.state = 'failed'
      isMessage = true
      current.message = joined(current.message, attributes['message'])
    }
  })
  const addText = (text: string) => {
    if (isMessage && current !== undefined) current.message = joined(current.message, text)
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', ({ name }) => {
    depth--
    if (name === 'testsuite') suites.pop()
    if (name === 'failure' || name === 'error') isMessage = false
    if (name !== 'testcase' || current === undefined) return
    totals[current.state]++
    if (current.state === 'failed' && failures.length < FAILURES_MAX)
      failures.push({ name: current.name, message: current.message })
    current = undefined
  })
  return {
    write: (text: string) => {
      parser.write(text.replace(CONTROL, '\uFFFD').replace(CONTROL_REFERENCE, '\uFFFD'))
    },
    end(): TestTotals {
      parser.close()
      return { ...totals, failures }
    },
  }
}

function nameOf(suite: string | undefined, attributes: Readonly<Record<string, string>>): string {
  const parts = [suite, attributes['classname'], attributes['name']]
  return parts
    .filter((part) => part !== undefined && part !== '')
    .join('::')
    .slice(0, NAME_LENGTH_MAX)
}

function joined(message: string, more: string | undefined): string {
  if (more === undefined || more.trim() === '' || message.length >= MESSAGE_LENGTH_MAX)
    return message
  // Tools repeat the message as the first line of the text.
  const rest = more.trim().startsWith(message) ? more.trim() : `${message}\n${more.trim()}`
  return rest.slice(0, MESSAGE_LENGTH_MAX)
}

/** Seconds with a decimal point, and now and then with commas between thousands. */
function millis(time: string | undefined): number {
  const seconds = Number((time ?? '0').replaceAll(',', ''))
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0
}

function unreadable(file: string, cause: unknown): Fault {
  const why = cause instanceof Error ? cause.message.slice(0, 200) : String(cause)
  return new Fault('runner.report-unreadable', `The test report cannot be read: ${why}`, {
    remedy: `Have the tests write JUnit XML to ${file}.`,
    retry: false,
    cause,
  })
}
