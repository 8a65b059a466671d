/** Small state files, replaced whole: a reader after a crash finds the old text or the new one. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import type { z } from 'zod'
import { Fault } from '#kernel/fault.ts'

/**
 * Synchronous on purpose: nothing may happen between a decision and its record. `quick` is for what
 * a power cut may take back.
 */
export function saveJson(path: string, value: unknown, how: 'durable' | 'quick' = 'durable'): void {
  const half = `${path}.half`
  const file = openSync(half, 'w', 0o600)
  try {
    writeSync(file, JSON.stringify(value))
    if (how === 'durable') fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(half, path)
}

/**
 * Undefined when there is none. Throws Fault `target.refused` for a file this version cannot read.
 */
export function loadJson<S extends z.ZodType>(path: string, schema: S): z.infer<S> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault('target.refused', `The agent's file ${path} cannot be read.`, {
      remedy: 'It was written by another version or by hand: restore it, or stop the instances.',
      retry: false,
      cause,
    })
  }
}
