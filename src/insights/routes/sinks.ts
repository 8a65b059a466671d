/** Who is told what happens here, how far each is, and what was put aside for it. */
import { z } from 'zod'
import { wish } from '#engine/engine.ts'
import { followers } from '#engine/follow.ts'
import type { Routes } from '#engine/routing.ts'
import type { Sink } from '../ports.ts'
import { letterCounts, LETTERS_MAX, lettersOf } from '../queries/letters.ts'
import { letterId, letters } from '../sinks/letter.ts'

const params = z.object({ sink: z.string().max(60) })
const message = z.string().min(1).max(400)
const body = z.strictObject({
  messages: z
    .array(message)
    .min(1)
    .max(LETTERS_MAX)
    .optional()
    .describe('left out: the oldest 200 that were put aside'),
})

export function sinkRoutes(sinks: readonly Sink[]): Routes {
  const names = sinks.map(({ name }) => name)
  return (app, context) => {
    const { engine } = context
    app.get('/sinks', { schema: {} }, async () => {
      const [all, counts] = await Promise.all([
        followers(engine.database, names),
        letterCounts(engine.reads),
      ])
      return sinks.map(({ name, kind }) => {
        const found = all.find((each) => each.name === name)
        return {
          sink: name,
          kind,
          told: found?.told ?? 0,
          toldAt: found?.toldAt ?? null,
          trouble: found?.trouble ?? null,
          triedAt: found?.triedAt ?? null,
          attempts: found?.attempts ?? 0,
          letters: counts.get(name) ?? 0,
        }
      })
    })
    app.get('/sinks/:sink/letters', { schema: { params } }, async (request, reply) => {
      const { sink } = request.params
      if (!names.includes(sink)) return context.unknown(reply, 'sink', sink, names)
      return lettersOf(engine.reads, sink)
    })
    app.post('/sinks/:sink/redeliver', { schema: { params, body } }, async (request, reply) => {
      const { sink } = request.params
      if (!names.includes(sink)) return context.unknown(reply, 'sink', sink, names)
      const asked = context.request(request)
      const all = await lettersOf(engine.reads, sink)
      const wanted = new Set(request.body.messages ?? all.map((each) => each.message))
      const by = { at: context.now(), by: asked.actor.id }
      const wishes = [...wanted].map((each) =>
        wish({
          thing: letters,
          id: letterId(sink, each),
          command: { type: 'letter.redeliver', ...by },
        }),
      )
      const done = await engine.executeAll(wishes, asked)
      if ('rejected' in done) return context.refuse(reply, done)
      return reply.code(202).send({ requested: [...wanted] })
    })
  }
}
