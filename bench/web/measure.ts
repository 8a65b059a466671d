/** What a browser says of its own work. */
import type { BrowserContext, Page } from 'playwright-core'

/** So long without a long task a page counts as usable from the end of the last. */
const QUIET_MS = 3_000

interface Noted {
  paintMs: number
  lastTaskEndMs: number
  /** Each interaction's, from the key or press to the next frame. */
  interactionsMs: number[]
}

/** Before anything of the page runs. */
export const note = (context: BrowserContext) =>
  context.addInitScript(() => {
    const noted: Noted = { paintMs: 0, lastTaskEndMs: 0, interactionsMs: [] }
    Object.assign(globalThis, { noted })
    const on = (type: string, hear: (entry: PerformanceEntry) => void, more: object = {}) => {
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(hear))
      observer.observe({ type, buffered: true, ...more })
    }
    on('largest-contentful-paint', ({ startTime }) => {
      noted.paintMs = startTime
    })
    on('longtask', ({ startTime, duration }) => {
      noted.lastTaskEndMs = startTime + duration
    })
    on(
      'event',
      (entry) => {
        if ('interactionId' in entry && entry.interactionId !== 0)
          noted.interactionsMs.push(entry.duration)
      },
      { durationThreshold: 16 },
    )
  })

const read = (page: Page) => page.evaluate(() => (globalThis as unknown as { noted: Noted }).noted)

export async function usableMs(page: Page, url: string): Promise<number> {
  await page.goto(url)
  await page.locator('main h1').first().waitFor()
  await page.waitForTimeout(QUIET_MS)
  const { paintMs, lastTaskEndMs } = await read(page)
  return Math.max(paintMs, lastTaskEndMs)
}

/** The worst of them: what a person remembers. */
export async function worstInteractionMs(page: Page): Promise<number> {
  const { interactionsMs } = await read(page)
  return Math.max(16, ...interactionsMs)
}

/** Frames a second while it is scrolled from end to end, and how long the longest took. */
export function scrolled(page: Page, forMs: number): Promise<{ perS: number; longestMs: number }> {
  return page.evaluate(async (ms) => {
    const frames: number[] = []
    const height = document.documentElement.scrollHeight - innerHeight
    const from = performance.now()
    await new Promise<void>((resolve) => {
      const step = (at: number) => {
        frames.push(at)
        const share = (at - from) / ms
        if (share >= 1) return resolve()
        scrollTo(0, height * share)
        requestAnimationFrame(step)
      }
      requestAnimationFrame(step)
    })
    const gaps = frames.slice(1).map((at, n) => at - (frames[n] ?? at))
    return { perS: (gaps.length / ms) * 1_000, longestMs: Math.max(...gaps) }
  }, forMs)
}

/** After everything that can go is gone. */
export async function heapMb(context: BrowserContext, page: Page): Promise<number> {
  const session = await context.newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1024 / 1024
}
