/** Waiting for what a person would wait for, with an end and a word about what did not come. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#kernel/fault.ts'

const LOOK_MS = 150

export async function until<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > deadline)
      throw new Fault('demo.stuck', `Waited ${Math.round(withinMs / 1000)} s for ${what}.`, {
        remedy: 'Run it again with --keep and look at the page and the log that it names.',
        retry: false,
      })
    await sleep(LOOK_MS)
  }
}
