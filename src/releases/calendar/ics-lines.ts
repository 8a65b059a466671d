/**
 * The lines of iCalendar (RFC 5545 §3.1): folded at 75 octets, escaped text, `NAME;PARAM=x:value`.
 */

/** Octets in a line, without its end. */
const LINE_OCTETS_MAX = 75
const END = '\r\n'

/** Lines as they go over the wire. */
export function foldLines(lines: readonly string[]): string {
  return lines.map((line) => fold(line) + END).join('')
}

/** Never inside a character: each is whole in its line. */
function fold(line: string): string {
  let [folded, octets] = ['', 0]
  for (const character of line) {
    const size = octetsOf(character)
    if (octets + size > LINE_OCTETS_MAX) {
      folded += `${END} `
      octets = 1
    }
    folded += character
    octets += size
  }
  return folded
}

/** In UTF-8. */
function octetsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code < 0x10000 ? 3 : 4
}

/** A value of type TEXT. What steers a terminal or a parser is not let through. */
export function escapeText(text: string): string {
  return (
    text
      .replaceAll(/\r\n?/g, '\n')
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
      .replaceAll(/[\\;,]/g, (mark) => `\\${mark}`)
      .replaceAll('\n', '\\n')
  )
}

export function plainText(value: string): string {
  return value.replaceAll(/\\([\\;,nN])/g, (_, mark: string) =>
    mark.toLowerCase() === 'n' ? '\n' : mark,
  )
}

export interface IcsLine {
  /** Upper case. */
  readonly name: string
  /** By their names in upper case. */
  readonly parameters: ReadonlyMap<string, string>
  readonly value: string
  /** Where it begins, from 1. */
  readonly line: number
}

/** What is no line of iCalendar is left out: a calendar is not refused for a line of its vendor. */
export function unfoldLines(text: string): IcsLine[] {
  const whole: { text: string; readonly line: number }[] = []
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const last = whole.at(-1)
    if (/^[ \t]/.test(line) && last !== undefined) last.text += line.slice(1)
    else whole.push({ text: line, line: i + 1 })
  }
  return whole.flatMap((each) => lineOf(each.text, each.line))
}

function lineOf(text: string, line: number): IcsLine[] {
  const head = /^(?:[^":]|"[^"]*")*:/.exec(text)?.[0]
  if (head === undefined) return []
  const [name = '', ...parameters] = head.slice(0, -1).match(/(?:[^";]|"[^"]*")+/g) ?? []
  const pairs = parameters.map((parameter): [string, string] => {
    const at = parameter.indexOf('=')
    return [parameter.slice(0, at).toUpperCase(), parameter.slice(at + 1).replaceAll('"', '')]
  })
  const value = text.slice(head.length)
  return [{ name: name.toUpperCase(), parameters: new Map(pairs), value, line }]
}
