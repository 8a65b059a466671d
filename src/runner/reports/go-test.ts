/**
 * What `go test -json` prints: an event a line. A test that began and never ended, because its
 * package panicked or was stopped, did not pass; a package that failed without a failing test could
 * not be built, or died outside of them. Lines that are no events are what the compiler said, and
 * in versions before 1.24 also that a package could not be built.
 */
import { z } from 'zod'
import { caseId, gatherCases, type Gatherer } from './cases.ts'
import type { ReportReader } from './read-report.ts'

const LINE_LENGTH_MAX = 1024 * 1024
const OUTPUT_LENGTH_MAX = 2_000
/** Tests that run at once, in all packages: beyond this nobody ends what was begun. */
const OPEN_MAX = 50_000

const event = z.object({
  Action: z.string(),
  Package: z.string().optional(),
  ImportPath: z.string().optional(),
  Test: z.string().optional(),
  Elapsed: z.number().min(0).optional(),
  Output: z.string().optional(),
})
type GoEvent = z.infer<typeof event>

interface Package {
  readonly open: Map<string, Output>
  output: Output
  hasFailed: boolean
}

interface Output {
  readonly text: string
  /** Of a panic the beginning says why; of everything else the end. */
  readonly isPanic: boolean
}
const SILENT: Output = { text: '', isPanic: false }

export function goTestReader(): ReportReader {
  const gatherer = gatherCases()
  const packages = new Map<string, Package>()
  let carried = ''
  let events = 0
  let compiler = { name: '', output: SILENT }
  const line = (text: string) => {
    const told = eventIn(text) ?? buildFailureIn(text)
    if (told !== undefined) {
      events++
      if (told.Package === compiler.name)
        packageNamed(compiler.name, packages).output = compiler.output
      compiler = { name: '', output: SILENT }
      follow(told, packages, gatherer)
      return
    }
    const [, name] = /^# (\S+)/.exec(text) ?? []
    if (name !== undefined) compiler = { name, output: SILENT }
    else if (compiler.name !== '')
      compiler = { ...compiler, output: heard(compiler.output, `${text}\n`) }
  }
  return {
    write(text) {
      const lines = (carried + text).split('\n')
      carried = lines.pop() ?? ''
      if (carried.length > LINE_LENGTH_MAX) throw new Error('it has a line of more than 1 MiB')
      for (const each of lines) line(each)
    },
    end() {
      line(carried)
      if (events === 0) throw new Error('it has no event of go test -json')
      for (const [name, state] of packages) leaveOpen(name, state, gatherer)
      return gatherer.end({ separator: '/' })
    },
  }
}

function eventIn(text: string): GoEvent | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return event.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** `FAIL\texample.org/shop [build failed]`, which is no event. */
function buildFailureIn(text: string): GoEvent | undefined {
  const [, name] = /^FAIL\t(\S+) \[(?:build|setup) failed\]\s*$/.exec(text) ?? []
  return name === undefined ? undefined : { Action: 'fail', Package: name }
}

function packageNamed(name: string, packages: Map<string, Package>): Package {
  const known = packages.get(name)
  if (known !== undefined) return known
  const state = { open: new Map<string, Output>(), output: SILENT, hasFailed: false }
  packages.set(name, state)
  return state
}

function follow(told: GoEvent, packages: Map<string, Package>, gatherer: Gatherer): void {
  const name = told.Package ?? told.ImportPath?.split(' ')[0] ?? ''
  if (name === '') return
  const state = packageNamed(name, packages)
  const { Action: action, Test: test, Output: output = '' } = told
  if (action === 'output' || action === 'build-output') {
    if (test !== undefined && state.open.has(test))
      state.open.set(test, heard(state.open.get(test), output))
    else if (!/^(?:=== |--- |PASS|FAIL|ok\s|\?)/.test(output))
      state.output = heard(state.output, output)
  } else if (test === undefined) endPackage(name, state, told, gatherer)
  else if (action === 'run') {
    if (state.open.size < OPEN_MAX) state.open.set(test, SILENT)
  } else if (action === 'pass' || action === 'fail' || action === 'skip') {
    const outcome = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const
    const said = action === 'fail' ? messageIn(state.open.get(test)) : undefined
    state.open.delete(test)
    state.hasFailed ||= action === 'fail'
    const durationMs = (told.Elapsed ?? 0) * 1000
    const id = caseId(name, test)
    gatherer.add({ id, file: name, outcome: outcome[action], durationMs, message: said })
  }
}

function endPackage(name: string, state: Package, told: GoEvent, gatherer: Gatherer): void {
  if (told.Action !== 'pass' && told.Action !== 'fail') return
  leaveOpen(name, state, gatherer)
  if (told.Action === 'fail' && !state.hasFailed)
    gatherer.add({
      id: caseId(name, '(package)'),
      file: name,
      outcome: 'errored',
      durationMs: (told.Elapsed ?? 0) * 1000,
      message: state.output.text.trim(),
    })
  state.hasFailed = false
  state.output = SILENT
}

function leaveOpen(name: string, state: Package, gatherer: Gatherer): void {
  for (const [test, output] of state.open) {
    const outcome = toldInText(test, output)
    state.hasFailed ||= outcome === 'errored' || outcome === 'failed'
    const said = outcome === 'errored' ? `It did not end.\n${messageIn(output)}`.trim() : ''
    const message = outcome === 'failed' ? messageIn(output) : said
    const about = { id: caseId(name, test), file: name, outcome, durationMs: 0 }
    gatherer.add(message === '' ? about : { ...about, message })
  }
  state.open.clear()
}

const TOLD = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' } as const

/**
 * What a test prints without an end of line hides its own end from Go, which then tells of it only
 * in the text: `no newline--- PASS: TestAdds (0.00s)`.
 */
function toldInText(test: string, { text }: Output): (typeof TOLD)[keyof typeof TOLD] | 'errored' {
  const [, word, name] = /--- (PASS|FAIL|SKIP): (\S+) \([\d.]+s\)\s*$/.exec(text) ?? []
  return name === test ? TOLD[word as keyof typeof TOLD] : 'errored'
}

function heard({ text, isPanic }: Output = SILENT, more: string): Output {
  if (!isPanic && /^(?:panic|fatal error): /.test(more))
    return { text: more.slice(0, OUTPUT_LENGTH_MAX), isPanic: true }
  const all = text + more
  const kept = isPanic ? all.slice(0, OUTPUT_LENGTH_MAX) : all.slice(-OUTPUT_LENGTH_MAX)
  return { text: kept, isPanic }
}

/** Without the frame that go test puts around it. */
function messageIn({ text }: Output = SILENT): string {
  const lines = text.split('\n').filter((each) => !/^\s*(?:=== |--- )/.test(each))
  return lines.join('\n').trim()
}
