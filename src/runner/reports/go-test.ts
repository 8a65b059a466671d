/**
 * What `go test -json` prints: an event a line. A test that began and never ended, because its
 * package panicked or was stopped, did not pass; a package that failed without a failing test could
 * not be built, or died outside of them. Lines that are no events are what the compiler said.
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
  readonly open: Map<string, string>
  output: string
  hasFailed: boolean
}

export function goTestReader(): ReportReader {
  const gatherer = gatherCases()
  const packages = new Map<string, Package>()
  let carried = ''
  let events = 0
  const line = (text: string) => {
    const told = eventIn(text)
    if (told === undefined) return
    events++
    follow(told, packages, gatherer)
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

function follow(told: GoEvent, packages: Map<string, Package>, gatherer: Gatherer): void {
  const name = told.Package ?? told.ImportPath?.split(' ')[0] ?? ''
  if (name === '') return
  const known = packages.get(name)
  const state = known ?? { open: new Map(), output: '', hasFailed: false }
  if (known === undefined) packages.set(name, state)
  const { Action: action, Test: test, Output: output = '' } = told
  if (action === 'output' || action === 'build-output') {
    if (test !== undefined && state.open.has(test))
      state.open.set(test, tail(state.open.get(test) ?? '', output))
    else if (!/^(?:=== |--- |PASS|FAIL|ok\s|\?)/.test(output))
      state.output = tail(state.output, output)
  } else if (test === undefined) endPackage(name, state, told, gatherer)
  else if (action === 'run') {
    if (state.open.size < OPEN_MAX) state.open.set(test, '')
  } else if (action === 'pass' || action === 'fail' || action === 'skip') {
    const outcome = { pass: 'passed', fail: 'failed', skip: 'skipped' } as const
    const said = action === 'fail' ? messageIn(state.open.get(test) ?? '') : undefined
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
      message: state.output.trim(),
    })
  state.hasFailed = false
  state.output = ''
}

function leaveOpen(name: string, state: Package, gatherer: Gatherer): void {
  for (const [test, output] of state.open) {
    const message = `It did not end.\n${messageIn(output)}`.trim()
    gatherer.add({ id: caseId(name, test), file: name, outcome: 'errored', durationMs: 0, message })
    state.hasFailed = true
  }
  state.open.clear()
}

const tail = (before: string, more: string) => (before + more).slice(-OUTPUT_LENGTH_MAX)

/** Without the frame that go test puts around it. */
function messageIn(output: string): string {
  const lines = output.split('\n').filter((each) => !/^\s*(?:=== |--- )/.test(each))
  return lines.join('\n').trim()
}
