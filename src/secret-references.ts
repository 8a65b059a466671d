/**
 * What a reference such as env:NAME or file:/path stands for, read at each use, so that who changes
 * it restarts nothing. Neither the reference nor its value is ever told.
 */
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'

const SECRET_BYTES_MAX = 16 * 1024

export const secretReference = z
  .string()
  .regex(/^(env:[A-Z_][A-Z0-9_]*|file:\/.+)$/, 'a reference such as env:NAME or file:/path')

/** Undefined: nothing stands there. */
export function secretAt(
  reference: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const value = reference.startsWith('env:') ? environment[reference.slice(4)] : inFile(reference)
  const trimmed = value?.trim()
  return trimmed === '' ? undefined : trimmed
}

function inFile(reference: string): string | undefined {
  const path = reference.slice('file:'.length)
  try {
    return statSync(path).size > SECRET_BYTES_MAX ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
