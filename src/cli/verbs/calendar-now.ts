/** What the calendar says of a slot at this moment, line by line. */
import type { CalendarNow } from '../answers.ts'
import type { CliContext } from '../context.ts'
import { bold, clean, dim, green, yellow } from '../output.ts'

/** Open or closed, until when, and by what. */
export function sayNow({ io }: CliContext, title: string, answer: CalendarNow): void {
  const { isOpen, nextOpen, nextClose, trace } = answer
  const state = isOpen ? green('open', io) : yellow('closed', io)
  const next = isOpen
    ? nextClose === null
      ? 'and nothing closes it in sight'
      : `until ${minute(nextClose)}`
    : nextOpen === null
      ? 'and it does not open in sight'
      : `until ${minute(nextOpen)}`
  io.out(`${bold(title, io)}: ${state} ${next}\n`)
  for (const { isActive, until, message } of trace) {
    const when = until === null ? '' : dim(`  ${isActive ? 'until' : 'from'} ${minute(until)}`, io)
    io.out(`  ${isActive ? '●' : '○'} ${clean(message)}${when}\n`)
  }
}

/** `2026-01-12 16:00Z`. */
export const minute = (at: number) =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`
