/** Release notes: what stands, what one may begin with, and writing them. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { notesBody, type ReleaseCommand } from '../commands.ts'
import { draftNotes, NOTES_LENGTH_MAX } from '../notes.ts'
import { releaseNamed } from '../queries.ts'
import { releases } from '../release.ts'

const byId = z.object({ id: z.string().max(100) })

export const noteRoutes: Routes = (app, context) => {
  const { engine } = context
  app.get('/releases/:id/notes', { schema: { params: byId } }, async ({ params }, reply) => {
    const [row, { version }] = await Promise.all([
      releaseNamed(engine.reads, params.id),
      engine.load(releases, params.id),
    ])
    if (row === undefined) return context.unknown(reply, 'release', params.id)
    const { release, service, version: named, notes, commits } = row
    return {
      ...{ release, service, version: named, notes },
      draft: draftNotes(commits),
      lengthMax: NOTES_LENGTH_MAX,
      /** For `If-Match`: whoever wrote meanwhile is not written over. */
      seen: version,
    }
  })
  app.post(
    '/releases/:id/notes',
    { schema: { params: byId, body: notesBody } },
    async (request, reply) => {
      const { id } = request.params
      if ((await releaseNamed(engine.reads, id)) === undefined)
        return context.unknown(reply, 'release', id)
      const command: ReleaseCommand = {
        type: 'release.note',
        at: context.now(),
        by: context.actor(request).id,
        notes: request.body.notes,
      }
      const done = await engine.execute(releases, id, command, context.request(request))
      if (done.rejected) return context.refuse(reply, done)
      return releaseNamed(engine.reads, id)
    },
  )
}
