/** What a page does behind the back of who looks at it: errors, and requests to anybody else. */
import type { BrowserContext, Page } from 'playwright-core'

export interface Watched {
  /** What is wrong since it was asked last. */
  take(): readonly string[]
}

/** @param areFailuresMeant the server is made to fail: the browser says so, and is right. */
export function watch(context: BrowserContext, origin: string, areFailuresMeant = false): Watched {
  const found: string[] = []
  const isOurs = (url: string) => url.startsWith(`${origin}/`) || /^(data|blob|about):/.test(url)
  context.on('request', (request) => {
    if (!isOurs(request.url())) found.push(`asks somebody else: ${request.url()}`)
  })
  // A breach of the content policy is told as an error of the console.
  context.on('console', (message) => {
    const text = message.text()
    const isFailure = text.startsWith('Failed to load resource')
    // A question whose answer is no: whether one could go back, what runs where nothing does.
    const isMeant = isFailure && (areFailuresMeant || /status of (404|409)/.test(text))
    if (message.type() === 'error' && !isMeant) found.push(`console: ${text}`)
  })
  context.on('weberror', (error) => found.push(`thrown: ${String(error.error())}`))
  context.on('page', (page) => page.on('dialog', (dialog) => hear(found, dialog.message())))
  return { take: () => found.splice(0) }
}

const hear = (found: string[], text: string) => void found.push(`a dialog: ${text}`)

/** Words that nobody wrote: a value that was not there, shown as if it were. */
const NO_WORDS = /\bundefined\b|\bNaN\b|\[object |Invalid Date|\bnull\b/

export async function lookAt(page: Page): Promise<string[]> {
  const main = page.locator('main')
  const [text, headings, title] = await Promise.all([
    main.innerText(),
    main.locator('h1').count(),
    page.title(),
  ])
  const odd = NO_WORDS.exec(text)
  const overhang = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  return [
    ...(headings === 1 ? [] : [`${headings} headings of the first level`]),
    ...(odd === null ? [] : [`says “${text.slice(Math.max(0, odd.index - 40), odd.index + 40)}”`]),
    ...(overhang === 0 ? [] : [`wider than the window by ${overhang} pixels`]),
    ...(/Signalbox/.test(title) ? [] : [`its title is “${title}”`]),
  ]
}
