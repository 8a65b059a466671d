/**
 * The live stream: server-sent events with the global position as id, so that a browser that was
 * away resumes where it was. Topics are stream kinds; a watcher who cannot keep up is let go, and
 * comes back by itself.
 */
import { z } from 'zod'
import { openEventStream } from '#engine/event-stream.ts'
import type { Feed } from '#engine/feed.ts'
import type { App } from '#engine/routing.ts'
import type { Cursor, Recorded } from '#engine/store.ts'
import { streamParts } from '#engine/views.ts'

const BEAT_MS = 15_000
/** Unsent bytes after which a watcher is too slow to follow. */
const BEHIND_BYTES_MAX = 1024 * 1024
/** Larger events are announced without their content; who wants it asks for the thing. */
const EVENT_BYTES_MAX = 8 * 1024
const query = z.object({
  topics: z.string().max(500).default(''),
  /** Where to go on, for whoever begins anew: browsers send the header only when they come back. */
  after: z.string().max(60).optional(),
})

export function mountStream(app: App, feed: Feed, watching: { clients: number }): void {
  app.get(
    '/stream',
    { schema: { querystring: query, hide: true }, config: { rateLimit: false } },
    async (request, reply) => {
      const topics = new Set(request.query.topics.split(',').filter((topic) => topic !== ''))
      const out = openEventStream(reply)
      const beat = setInterval(() => out.write('event: beat\ndata: {}\n\n'), BEAT_MS)
      const watcher = (event: Recorded) => {
        if (out.destroyed) return
        if (topics.size > 0 && !topics.has(streamParts(event.stream).kind)) return
        if (out.writableLength > BEHIND_BYTES_MAX) out.destroy()
        else out.write(frame(event))
      }
      let gone = false
      watching.clients++
      let stop: (() => void) | undefined
      out.on('close', () => {
        gone = true
        watching.clients--
        clearInterval(beat)
        stop?.()
      })
      try {
        stop = await feed.watch(
          watcher,
          cursorOf(request.headers['last-event-id'] ?? request.query.after),
        )
      } catch {
        // The database is away. Whoever watches comes back by itself, and is shown what it missed.
        out.destroy()
        return
      }
      // Too much was missed to tell: the page forgets its place and reads everything anew.
      if (stop === undefined) out.end('id:\nevent: reset\ndata: {}\n\n')
      else if (gone) stop()
    },
  )
}

function frame({ stream, version, event, cursor }: Recorded): string {
  const { kind, id } = streamParts(stream)
  const head = { kind, id, version, type: event.type, at: event.at }
  const whole = JSON.stringify({ ...head, event })
  const data = whole.length <= EVENT_BYTES_MAX ? whole : JSON.stringify(head)
  return `id: ${cursor.xid}-${cursor.pos}\nevent: change\ndata: ${data}\n\n`
}

function cursorOf(header: string | string[] | undefined): Cursor | undefined {
  const match = /^(\d{1,20})-(\d{1,15})$/.exec(String(header ?? ''))
  return match === null ? undefined : { xid: match[1] ?? '0', pos: Number(match[2]) }
}
