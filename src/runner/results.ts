/** What a job says to others: small files that it wrote, read when it has succeeded. */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import type { JobSpec } from '../pipelines/events.ts'
import { RESULT_BYTES_MAX } from '../pipelines/protocol.ts'
import { realFolder } from './files.ts'
import { makeMasker } from './mask.ts'

export type Results = Readonly<Record<string, string>>

/**
 * Throws Fault `runner.result-missing`, `runner.results-too-large`, `runner.secret-in-result`: what
 * is said to others is kept for good and shown to everybody.
 */
export function readResults(
  folder: string,
  { results = {} }: JobSpec,
  secrets: readonly string[],
): Results | undefined {
  const names = Object.entries(results)
  if (names.length === 0) return undefined
  const found = names.map(([name, file]) => [name, readOne(folder, name, file)] as const)
  const all = Object.fromEntries(found)
  const size = Buffer.byteLength(JSON.stringify(all))
  if (size > RESULT_BYTES_MAX) throw tooLarge(size)
  const { mask } = makeMasker(secrets)
  for (const [name, value] of found) if (mask(value) !== value) throw secretIn(name)
  return all
}

function readOne(folder: string, name: string, file: string): string {
  const cut = file.lastIndexOf('/')
  let path: string
  try {
    // A link in it must not lead out of the source.
    path = join(cut < 0 ? folder : realFolder(folder, file.slice(0, cut)), file.slice(cut + 1))
    const { size } = lstatSync(path)
    if (!lstatSync(path).isFile()) throw new Error('It is no file.')
    if (size > RESULT_BYTES_MAX) throw tooLarge(size)
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    if (error instanceof Fault && error.code === 'runner.results-too-large') throw error
    throw new Fault('runner.result-missing', `The job wrote no ${file}; it was to be ${name}.`, {
      remedy: 'Have it write the file, or take the result away.',
      retry: false,
    })
  }
}

function secretIn(name: string): Fault {
  return new Fault('runner.secret-in-result', `The result ${name} has a secret of the job in it.`, {
    remedy: 'Name the secret in the job that needs it, rather than handing it on.',
    retry: false,
  })
}

function tooLarge(size: number): Fault {
  return new Fault('runner.results-too-large', `The results of the job have ${size} bytes.`, {
    remedy: `They may have ${RESULT_BYTES_MAX} together; hand larger things on as \`outputs\`.`,
    retry: false,
  })
}
