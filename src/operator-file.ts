/** A file of the operator's, as YAML: read when the server starts, refused with its place. */
import { readFileSync, statSync } from 'node:fs'
import { parse } from 'yaml'
import type { z } from 'zod'
import type { Fault } from '#kernel/fault.ts'

export function readOperatorFile<Schema extends z.ZodType>(
  file: string,
  at: {
    readonly schema: Schema
    readonly bytesMax: number
    readonly unusable: (message: string) => Fault
  },
): z.output<Schema> {
  const { schema, bytesMax, unusable } = at
  const read = schema.safeParse(parsed(file, bytesMax, unusable))
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw unusable(`${file}: ${issue?.path.join('.')}: ${issue?.message}.`)
}

function parsed(file: string, bytesMax: number, unusable: (message: string) => Fault): unknown {
  try {
    if (statSync(file).size > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`)
    return parse(readFileSync(file, 'utf8'), { maxAliasCount: 0 }) as unknown
  } catch (error) {
    throw unusable(`${file}: ${error instanceof Error ? error.message : String(error)}.`)
  }
}
