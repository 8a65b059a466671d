/** One look at a service as its users reach it, over plain HTTP. Never throws: see the port. */
import type { Prober } from '#rollouts/ports.ts'

export const httpProber: Prober = {
  async get(url, timeoutMs) {
    const startedAt = performance.now()
    try {
      const answer = await fetch(url, {
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'manual',
        // A kept connection would ask the same instance again.
        headers: { connection: 'close' },
      })
      await answer.body?.cancel()
      return { status: answer.status, ms: performance.now() - startedAt }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  },
}
