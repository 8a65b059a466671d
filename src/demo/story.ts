/**
 * Tells what happens while it happens: the server's own happenings as lines, each once, and where
 * somebody watches, the rollout under way as a bar below them.
 */
import type { Api } from '#cli/api.ts'
import type { Deployment, Happening } from '#cli/answers.ts'
import { lineOf } from '#cli/verbs/watching.ts'
import { formatDuration } from '#kernel/duration.ts'

const LOOK_MS = 400
const ENOUGH = 200

export interface Story {
  /** A line of the narrator's own. */
  say(text: string): void
  stop(): Promise<void>
}

export function tell(api: Api, out: ((text: string) => void) | undefined, live: boolean): Story {
  const startedAt = Date.now()
  const known = new Set<string>()
  let stopped = false
  let barShown = false
  const clearBar = () => {
    if (barShown) out?.('\r\u001b[K')
    barShown = false
  }
  const line = (mark: string, text: string, at = Date.now()) => {
    clearBar()
    out?.(`${formatDuration(Math.max(0, at - startedAt)).padStart(6)}  ${mark} ${text}\n`)
  }
  const look = async () => {
    const query = { since: startedAt - 1000, limit: ENOUGH }
    for (const happening of (await api.get<Happening[]>('/changes', query)).toReversed()) {
      const key = JSON.stringify([happening.at, happening.text, happening.environment])
      if (known.has(key)) continue
      known.add(key)
      const mark = { good: '✓', bad: '✕' }[happening.tone] ?? '·'
      const place = happening.environment === null ? '' : `[${happening.environment}] `
      line(mark, `${place}${happening.text}`, happening.at)
    }
    if (live) await showBar()
  }
  const showBar = async () => {
    const moving = (await api.get<Deployment[]>('/deployments', { limit: 10 })).find(
      ({ status, environment }) => status !== 'finished' && environment === 'prod',
    )
    clearBar()
    if (moving === undefined) return
    out?.(`        ${lineOf(moving).slice(0, 110)}`)
    barShown = true
  }
  const loop = (async () => {
    while (!stopped) {
      // A look that fails is not the story; what matters is asked for by the steps themselves.
      await look().catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    await look().catch(() => {})
    clearBar()
  })()
  return {
    say: (text) => line('▸', text),
    async stop() {
      stopped = true
      await loop
    },
  }
}
