/**
 * What instances and targets said before a deployment ended, short and safe enough to stand in its
 * reason, which is read on the page, in a terminal and in an incident's title: the cause first,
 * then the last output. Output is hostile: it may hold anything, and the log keeps it for good.
 */

/** One screen; whoever needs more reads the instance's output. */
const LINES_MAX = 20
const OUTPUT_MAX = 2_000
const LINE_MAX = 300
const FAULT_MAX = 600

interface Told {
  readonly state: string
  /** How its process ended, or what its health path answered. */
  readonly trouble: string
  /** Its last output. */
  readonly tail: string
}

/** Empty when all are well, or nothing is known. */
export function lastWords(instances: readonly Told[]): string {
  const unwell = instances.filter(({ state }) => state !== 'ready')
  // One that has a cause to tell says more than one that is merely slow.
  const one =
    unwell.find(({ trouble, tail }) => trouble !== '' && tail !== '') ??
    unwell.find(({ trouble, tail }) => trouble !== '' || tail !== '')
  if (one === undefined) return ''
  const trouble = onOneLine(one.trouble)
  const lines = linesOf(one.tail)
  const telling = tellingOf(lines)
  const cause = [trouble, telling && `last line: ${telling.slice(0, LINE_MAX)}`]
  const output = lines.slice(-LINES_MAX).join('\n').slice(-OUTPUT_MAX)
  return wellFormed([cause.filter((part) => part !== '').join('; '), output])
}

/** A fault in one line: its code, what happened, what to do. */
export function faultTold(fault: {
  readonly code: string
  readonly message: string
  readonly remedy: string
}): string {
  const { code, message, remedy } = fault
  return wellFormed([onOneLine(`${code}: ${message} ${remedy}`).slice(0, FAULT_MAX)])
}

/** An error's own line; a stack, and Node's farewell below it, tell less. */
const ERROR_LINE = /^\s*(Uncaught )?([\w.$]*(Error|Exception)|fatal|panic)\b/i
const FAREWELL = /^(Node\.js v\d|signalbox: )/

function tellingOf(lines: readonly string[]): string {
  const own = lines.filter((line) => !FAREWELL.test(line))
  return (own.findLast((line) => ERROR_LINE.test(line)) ?? own.at(-1) ?? '').trim()
}

// oxlint-disable-next-line no-control-regex -- the escape that begins a colour
const COLOUR = /\u001b\[[\d;?]*[A-Za-z]/g
const INVISIBLE = /\p{Cf}|(?![\n\r\t])\p{Cc}/gu

function linesOf(text: string): string[] {
  return text
    .replaceAll(COLOUR, '')
    .replaceAll(INVISIBLE, '')
    .split(/[\n\r\u2028\u2029]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

const onOneLine = (text: string) => linesOf(text).join(' ').slice(0, FAULT_MAX)

/** A cut may have left half a letter, which the database refuses to keep. */
const wellFormed = (parts: readonly string[]) =>
  parts
    .filter((part) => part !== '')
    .join('\n')
    .toWellFormed()
