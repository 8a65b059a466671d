/** A log on the terminal: its colours, and nothing else of it, may speak to the terminal. */
import type { Io } from '../context.ts'
import { clean, dim } from '../output.ts'

export interface Write {
  (text: string): void
  /** Says what stood in an unfinished line. */
  end(): void
}

// oxlint-disable-next-line no-control-regex -- the escape that begins a colour
const COLOUR = /^\u001b\[[\d;]{0,40}m$/
const PARTS = [
  // A sequence with its last letter, a title with its end, and then any control by itself.
  String.raw`\u001b\[[\d;:?<=>]*[ -/]*[@-~]`,
  String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?`,
  String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]`,
]
const CONTROL = new RegExp(PARTS.join('|'), 'g')

/** What stays of a log's text: everything for a file, letters and colours for a terminal. */
export function safeText(text: string, io: Pick<Io, 'isTerminal' | 'colour'>): string {
  if (!io.isTerminal) return text
  return text.replaceAll(CONTROL, (found) => (io.colour && COLOUR.test(found) ? found : ''))
}

/** Writes a log as it comes; where several are told at once, whole lines with their job before. */
export function logWriter(io: Io, job: string, width: number): Write {
  if (job === '')
    return Object.assign((text: string) => io.out(safeText(text, io)), { end: () => {} })
  const prefix = dim(`${clean(job).padEnd(width)} | `, io)
  let open = ''
  const say = (line: string) => io.out(`${prefix}${safeText(line, io)}\n`)
  const write = (text: string) => {
    const lines = (open + text).split('\n')
    open = lines.pop() ?? ''
    for (const line of lines) say(line)
  }
  const end = () => {
    if (open !== '') say(open)
    open = ''
  }
  return Object.assign(write, { end })
}
