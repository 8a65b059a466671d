/** Waits for something only asking can tell: asks again until the answer is truthy. */
import { setTimeout as pause } from 'node:timers/promises'

/** Throws with `what` when it takes longer than anything in a test should. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > deadline) throw new Error(`still not so: ${what}`)
    await pause(15)
  }
}
