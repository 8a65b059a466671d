/**
 * Named pipes for the output of jobs, each used once. Node cannot make one, and starting mkfifo
 * costs as much as starting the job; so one mkfifo makes many.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Little enough to be made in a moment, enough to be forgotten for a while. */
const PIPES_AT_ONCE = 64

/** Resolves to the path of a new pipe, which is the caller's to remove. */
export type PipeSource = () => Promise<string>

export function makePipeSource(dir: string): PipeSource {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { mode: 0o700 })
  const ready: string[] = []
  let made = 0
  let making: Promise<void> | undefined
  const makeMore = async () => {
    const paths = Array.from({ length: PIPES_AT_ONCE }, () => join(dir, String(made++)))
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths])
    ready.push(...paths)
  }
  return async () => {
    for (;;) {
      const pipe = ready.pop()
      if (pipe !== undefined) return pipe
      making ??= makeMore().finally(() => (making = undefined))
      await making
    }
  }
}
