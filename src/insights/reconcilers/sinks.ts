/**
 * Tells sinks what happened here: one follower of the log a sink, in the log's order, at least once
 * and under ids that never change. A sink that is away is waited for, since the log keeps what it
 * has not heard; a message that is refused or fails too often is put aside, and the others go on.
 */
import type { Engine } from '#engine/engine.ts'
import { eventAt, firstsOf, follow, moveOn, stumble } from '#engine/follow.ts'
import { defineReconciler, type Next, type Reconciler, type Turn } from '#engine/loop.ts'
import { after, type Cursor } from '#engine/store.ts'
import { SYSTEM } from '#kernel/actor.ts'
import type { Message, Noted, Sent, Sink } from '../ports.ts'
import { requestedOf } from '../queries/letters.ts'
import { type LetterCommand, type LetterEvent, letterId, letters, sinkOf } from '../sinks/letter.ts'
import { courseAfter } from '../sinks/patience.ts'

const PAGE = 200
/** So soon is it told. Woken by each event, all commands would wait for one row of `due`. */
const LOOK_MS = 1_000
/** A turn ends by then and goes on in the next. */
const TURN_MS = 20_000

interface Needs {
  readonly engine: Engine
  readonly sinks: readonly Sink[]
  now(): number
}

export const SINK = 'sink'

export function sinkLoops(needs: Needs): readonly Reconciler[] {
  const known = new Map(needs.sinks.map((sink) => [sink.name, sink]))
  return [
    defineReconciler({
      kind: SINK,
      // One that hangs holds up no other.
      concurrency: Math.max(1, known.size),
      hears: [],
      wokenBy: () => [],
      async reconcile(name, turn) {
        const sink = known.get(name)
        return sink === undefined ? undefined : { at: await tellOn(needs, sink, turn) }
      },
    }),
    defineReconciler<LetterEvent>({
      kind: 'letter',
      concurrency: Math.max(1, known.size),
      hears: ['letter'],
      wokenBy: ({ event, id }) => (event.type === 'letter.redeliveryRequested' ? [sinkOf(id)] : []),
      reconcile: (name, turn) => redeliverAll(needs, name, known.get(name), turn),
    }),
  ]
}

/** When to look again. */
async function tellOn({ engine, now }: Needs, sink: Sink, { signal }: Turn): Promise<number> {
  const { database } = engine
  const follower = await follow(database, sink.name)
  const page = await after(database, follower.place, PAGE)
  const firsts = await backgroundOf(engine, sink, page)
  const until = now() + TURN_MS
  let { place, attempts } = follower
  const move = async (to: Cursor, told: number) => {
    const isOurs = await moveOn(database, sink.name, { from: place, to, told })
    place = to
    attempts = 0
    return isOurs
  }
  for (const noted of page) {
    const messages = messagesOf(sink, noted, firsts)
    let told = 0
    for (const message of messages) {
      if (signal.aborted) return now()
      const sent = await sink.send(message, signal)
      if (signal.aborted && sent.kind !== 'taken') return now()
      if (sent.kind === 'taken') told += 1
      const course = courseAfter(sent, attempts)
      if (course.do === 'wait') {
        const { attempts: tries, reason: trouble, ms } = course
        await stumble(database, sink.name, { place, attempts: tries, trouble })
        return now() + ms
      }
      if (course.do === 'putAside') await bury(engine, sink, message, { noted, course, at: now() })
    }
    if (messages.length > 0 && !(await move(noted.cursor, told))) return now()
    if (now() > until) return now()
  }
  const last = page.at(-1)?.cursor
  if (last !== undefined && last !== place) await move(last, 0)
  return page.length === PAGE ? now() : now() + LOOK_MS
}

/** What began the things of a page, in one question. */
async function backgroundOf(
  { database }: Engine,
  sink: Sink,
  page: readonly Noted[],
): Promise<ReadonlyMap<string, readonly Noted[]>> {
  const streams = page.map(({ stream }) => stream).filter((stream) => isHeard(sink, stream))
  const firsts = await firstsOf(database, [...new Set(streams)], sink.asks)
  return Map.groupBy(firsts, ({ stream }) => stream)
}

const isHeard = (sink: Sink, stream: string) =>
  sink.hears.includes(stream.slice(0, stream.indexOf('-')))

function messagesOf(
  sink: Sink,
  noted: Noted,
  firsts: ReadonlyMap<string, readonly Noted[]>,
): readonly Message[] {
  return isHeard(sink, noted.stream) ? sink.messagesOf(noted, firsts.get(noted.stream) ?? []) : []
}

async function bury(
  engine: Engine,
  sink: Sink,
  { id: message, kind, subject }: Message,
  about: {
    readonly noted: Noted
    readonly course: { readonly attempts: number; readonly reason: string }
    readonly at: number
  },
): Promise<void> {
  const { noted, course, at } = about
  const { stream, version } = noted
  const { attempts, reason } = course
  const facts = { sink: sink.name, message, kind, subject, stream, version, reason, attempts }
  await engine.execute(
    letters,
    letterId(sink.name, message),
    { type: 'letter.bury', at, by: SYSTEM.id, ...facts },
    { actor: SYSTEM },
  )
}

/** In the order in which they were put aside; what is wished for meanwhile wakes it anew. */
async function redeliverAll(
  needs: Needs,
  name: string,
  sink: Sink | undefined,
  turn: Turn,
): Promise<Next> {
  const requested = await requestedOf(needs.engine.reads, name)
  let away: Sent | undefined
  for (const { letter } of requested) {
    // Whoever goes on with it finds the rest of them.
    if (turn.signal.aborted) return { at: needs.now() }
    const sent = await redeliver(needs, sink, letter, { turn, away })
    // Nobody is there for the others either, and they need not wait to find that out.
    if (sent?.kind === 'away') away = sent
  }
  return requested.length > 0 ? { at: needs.now() } : undefined
}

/** Once for each wish of a person: what fails again lies where it lay, and says why. */
async function redeliver(
  { engine, now }: Needs,
  sink: Sink | undefined,
  id: string,
  { turn, away }: { readonly turn: Turn; readonly away: Sent | undefined },
): Promise<Sent | undefined> {
  const { state } = await engine.load(letters, id)
  if (state.status !== 'requested' || state.buried === undefined) return undefined
  const { message: messageId, stream, version } = state.buried
  const message = (await messagesAt(engine, sink, stream, version)).find(
    (each) => each.id === messageId,
  )
  const sent =
    sink === undefined || message === undefined
      ? GONE
      : (away ?? (await sink.send(message, turn.signal)))
  if (turn.signal.aborted && sent.kind !== 'taken') return undefined
  const by = { at: now(), by: SYSTEM.id }
  const again = { ...state.buried, attempts: state.buried.attempts + 1 }
  const command: LetterCommand =
    sent.kind === 'taken'
      ? { type: 'letter.deliver', ...by }
      : { ...again, type: 'letter.bury', ...by, reason: sent.reason }
  await engine.execute(letters, id, command, { actor: SYSTEM })
  return sent
}

const GONE: Sent = {
  kind: 'refused',
  reason: 'It is no sink of this server any more, or is told no such thing any more.',
}

async function messagesAt(
  { database }: Engine,
  sink: Sink | undefined,
  stream: string,
  version: number,
): Promise<readonly Message[]> {
  const noted = await eventAt(database, stream, version)
  if (sink === undefined || noted === undefined) return []
  return sink.messagesOf(noted, await firstsOf(database, [stream], sink.asks))
}
