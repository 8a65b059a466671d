/**
 * JUnit XML, case by case as it streams by. The dialects agree on little more than `testcase` with
 * `failure`, `error` or `skipped` in it, so nothing else is relied upon; the counts that suites
 * state about themselves are ignored, since they are often wrong. What is understood beyond that:
 * the elements by which Surefire and Playwright tell of retries, the several ways to name a file,
 * and that a Go test above others speaks for them.
 */
import { SaxesParser } from 'saxes'
import type { CaseOutcome } from '../../pipelines/protocol/test-results.ts'
import { caseId, gatherCases, type Gatherer, type Told } from './cases.ts'
import type { Place, ReportReader } from './read-report.ts'

/** Suites in suites go a few deep; the parser keeps an object for every level. */
const DEPTH_MAX = 64
const MESSAGE_LENGTH_MAX = 2000
/** Terminals' colour codes are not XML, and test tools write them into messages all the same. */
const CONTROL = /[\0-\x08\x0B\x0C\x0E-\x1F]/g
const CONTROL_REFERENCE =
  /&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));/g
/** How Surefire, and Playwright when asked to, tell of tries before the last. */
const EARLIER_TRIES: ReadonlySet<string> = new Set([
  'flakyFailure',
  'flakyError',
  'rerunFailure',
  'rerunError',
])
const SOURCE_FILE = /\.(?:[cm]?[jt]sx?|py|rb|php|feature)$/

type Attributes = Readonly<Record<string, string>>

interface Suite {
  readonly name: string
  readonly file: string | undefined
}

interface Case {
  readonly suite: Suite | undefined
  readonly attributes: Attributes
  outcome: CaseOutcome
  failsBefore: number
  message: string
}

/** `place`: a path as it is from the service's folder; undefined when it is not in there. */
export function junitReader(place: Place): ReportReader {
  const gatherer = gatherCases()
  const { parser, isGo } = makeParser(gatherer, place)
  return {
    write(text) {
      parser.write(text.replace(CONTROL, '\uFFFD').replace(CONTROL_REFERENCE, '\uFFFD'))
    },
    end() {
      parser.close()
      return gatherer.end({ separator: isGo() ? '/' : undefined })
    },
  }
}

function makeParser(gatherer: Gatherer, place: Place) {
  const suites: Suite[] = []
  /** Mocha names the file of several suites once, at the empty one before them. */
  let fileBefore: string | undefined
  let depth = 0
  let isGo = false
  let current: Case | undefined
  let telling: string | undefined
  let isOutput = false
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
    isOutput ||= name === 'system-out' || name === 'system-err'
    if (name === 'testsuite') {
      const file = attributes['file'] ?? suites.at(-1)?.file ?? fileBefore
      suites.push({ name: attributes['name'] ?? '', file })
    } else if (name === 'property') isGo ||= attributes['name'] === 'go.version'
    else if (name === 'testcase') current = opened(suites.at(-1), attributes)
    else if (isTelling(name)) {
      // Outside of every case: the suite could not even begin, and that is a failure as well.
      current ??= opened(suites.at(-1), { name: '(suite)' })
      telling ??= name
      tell(current, name, attributes['message'])
    } else if (name === 'skipped' && current?.outcome === 'passed') current.outcome = 'skipped'
  })
  const addText = (text: string) => {
    if (telling !== undefined && current !== undefined && !isOutput)
      current.message = joined(current.message, text)
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', ({ name }) => {
    depth--
    if (name === 'system-out' || name === 'system-err') isOutput = false
    if (name === 'testsuite') fileBefore = suites.pop()?.file
    if (name === telling) telling = undefined
    if (current === undefined || telling !== undefined) return
    const isSuites = current.attributes['name'] === '(suite)' && isTelling(name)
    if (name !== 'testcase' && !isSuites) return
    gatherer.add(told(current, place))
    current = undefined
  })
  return { parser, isGo: () => isGo }
}

const isTelling = (name: string) =>
  name === 'failure' || name === 'error' || EARLIER_TRIES.has(name)

const opened = (suite: Suite | undefined, attributes: Attributes): Case => ({
  suite,
  attributes,
  outcome: 'passed',
  failsBefore: 0,
  message: '',
})

function tell(current: Case, name: string, message: string | undefined): void {
  if (EARLIER_TRIES.has(name)) current.failsBefore++
  else if (current.outcome !== 'failed') current.outcome = name === 'error' ? 'errored' : 'failed'
  current.message = joined(current.message, message)
}

/**
 * Where the tool names a file with each case, that is part of the id: in two files of `node --test`
 * two tests may bear one name, and nothing else tells them apart.
 */
function told({ suite, attributes, outcome, failsBefore, message }: Case, place: Place): Told {
  const [name, className] = [attributes['name'], attributes['classname']]
  const own = place(attributes['file'] ?? attributes['filepath'])
  const file = own ?? place(suite?.file) ?? fileNamedBy(suite, className) ?? className
  // Pytest's one suite is always called so.
  const suiteName = suite?.name === 'pytest' ? undefined : suite?.name
  return {
    id: caseId(own, suiteName, className, name),
    file,
    outcome,
    durationMs: millis(attributes['time']),
    failsBefore,
    message,
  }
}

/** Playwright names its file as the suite and as the class. */
function fileNamedBy(suite: Suite | undefined, className: string | undefined): string | undefined {
  const name = suite?.name ?? ''
  return SOURCE_FILE.test(name) && name === className ? name : undefined
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
