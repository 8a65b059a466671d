/** The one logger. Messages are constant and data goes in fields, so that logs can be counted. */
import { pino, type Logger } from 'pino'

export type { Logger }

export function makeLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}
