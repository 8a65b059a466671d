/**
 * One line to the server for all tabs of a browser, which has few to give away: the tab that holds
 * the lock listens and tells the others; when it closes, the next goes on from the place it had
 * come to, so that nobody misses anything.
 */
import type { Change } from './invalidate.ts'

/** A browser comes back by itself from a cut line, but not from a refusal. */
const AGAIN_MS = 3_000

export type Heard =
  | { readonly what: 'change'; readonly place: string; readonly change: Change }
  /** Something may have been missed: whatever is known has to be asked anew. */
  | { readonly what: 'opened'; readonly hasGap: boolean }
  | { readonly what: 'beat' }
  | { readonly what: 'lost' }

/** A tab that came later asks what the one that listens knows. */
type Said = Heard | { readonly what: 'how' } | { readonly what: 'so'; readonly isOpen: boolean }

export interface Source {
  readonly readyState: number
  addEventListener(type: string, listener: (message: MessageEvent<string>) => void): void
  close(): void
}

/** To the other tabs, and from them. */
export interface Channel {
  say(said: unknown): void
  onSaid(hear: (said: unknown) => void): void
}

/** What a browser gives; in tests, what a browser would. */
export interface Means {
  listen(path: string): Source
  /** Undefined where there is none: then every tab listens for itself. */
  readonly channel: Channel | undefined
  /** Calls when this tab is the one that listens, for as long as it is there. */
  lead(begin: () => void): void
}

export class Line {
  readonly #means: Means
  readonly #hear: (heard: Heard) => void
  #source: Source | undefined
  #isOpen = false
  #wasAway = false
  /** The position of the last change that was told here. */
  #place = ''
  #again: ReturnType<typeof setTimeout> | undefined

  constructor(means: Means, hear: (heard: Heard) => void) {
    this.#means = means
    this.#hear = hear
  }

  start(): void {
    const { channel } = this.#means
    if (channel !== undefined) {
      channel.onSaid((said) => this.#told(said as Said))
      channel.say({ what: 'how' } satisfies Said)
    }
    this.#means.lead(() => {
      // Whoever listened before is gone; what it did not tell any more is shown again.
      this.#wasAway = this.#place === '' && this.#isOpen
      this.#listen()
    })
  }

  #listen(): void {
    const after = this.#place === '' ? '' : `?after=${encodeURIComponent(this.#place)}`
    const source = this.#means.listen(`/api/v1/stream${after}`)
    this.#source = source
    source.addEventListener('open', () => {
      const hasGap = this.#wasAway
      this.#wasAway = false
      this.#tell({ what: 'opened', hasGap })
    })
    source.addEventListener('error', () => {
      this.#wasAway = true
      this.#tell({ what: 'lost' })
      // 2: closed for good.
      if (source.readyState === 2) this.#restart(AGAIN_MS)
    })
    source.addEventListener('beat', () => this.#tell({ what: 'beat' }))
    // Too much was missed. Kept, this place would be asked for again and again.
    source.addEventListener('reset', () => {
      this.#place = ''
      this.#restart(0)
    })
    source.addEventListener('change', ({ data, lastEventId }) =>
      this.#tell({ what: 'change', place: lastEventId, change: JSON.parse(data) as Change }),
    )
  }

  #restart(afterMs: number): void {
    this.#source?.close()
    clearTimeout(this.#again)
    this.#wasAway = true
    this.#again = setTimeout(() => this.#listen(), afterMs)
  }

  #tell(heard: Heard): void {
    this.#take(heard)
    this.#means.channel?.say(heard satisfies Said)
  }

  /** From another tab. */
  #told(said: Said): void {
    const isListening = this.#source !== undefined
    if (said.what === 'how') {
      if (isListening) this.#means.channel?.say({ what: 'so', isOpen: this.#isOpen } satisfies Said)
    } else if (isListening) {
      // Two listen for the moment in which one takes over; each has its own.
    } else if (said.what === 'so') {
      if (said.isOpen !== this.#isOpen)
        this.#take(said.isOpen ? { what: 'opened', hasGap: false } : { what: 'lost' })
    } else this.#take(said)
  }

  #take(heard: Heard): void {
    if (heard.what === 'change') this.#place = heard.place
    this.#isOpen = heard.what !== 'lost'
    this.#hear(heard)
  }
}

const LOCK = 'signalbox.stream'

export function browserMeans(): Means {
  const listen = (path: string) => new EventSource(path)
  // A page that came by plain http from another machine is given no locks.
  if (navigator.locks === undefined || typeof BroadcastChannel === 'undefined')
    return { listen, channel: undefined, lead: (begin) => begin() }
  return {
    listen,
    channel: channelOf(new BroadcastChannel(LOCK)),
    lead: (begin) =>
      void navigator.locks.request(LOCK, () => {
        begin()
        // Held until the tab is gone.
        return new Promise<never>(() => {})
      }),
  }
}

const channelOf = (tabs: BroadcastChannel): Channel => ({
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- its tabs are of one origin
  say: (said) => tabs.postMessage(said),
  onSaid: (hear) => tabs.addEventListener('message', ({ data }) => hear(data)),
})
