/** Words and layout of Groovy. */
import type { LoweredJob } from '../lowered.ts'

export const inputName = (name: string) => `SIGNALBOX_INPUT_${name}`

/** One that takes nothing for a variable, and no backslash for more than itself. */
export const groovy = (text: string): string =>
  `'${text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', String.raw`\n`)}'`

export type Legs = LoweredJob['legs'][number]

export const keysOf = ({ name, legs }: LoweredJob): readonly string[] =>
  legs.length === 0 ? [name] : legs.map((_, i) => `${name}.${i + 1}`)
export const listOf = (job: LoweredJob) => `[${keysOf(job).map(groovy).join(', ')}]`

export const indented = (lines: readonly string[], by: number) => {
  let isInside = false
  return lines.map((line) => {
    // Between ''' and ''' a space is a space of the script.
    const shown = isInside || line === '' ? line : `${' '.repeat(by)}${line}`
    if ((line.split("'''").length - 1) % 2 === 1) isInside = !isInside
    return shown
  })
}

export const around = (head: string, lines: readonly string[]): string[] => [
  `${head} {`,
  ...indented(lines, 2),
  '}',
]
