/** One of the servers that are killed: takes commands over HTTP, and walks the journeys. */
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { Engine } from '#engine/engine.ts'
import { defineReconciler } from '#engine/loop.ts'
import { Database, type DatabaseAddress } from '#engine/sql.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { quiet } from '../cluster.ts'
import { type JourneyEvent, journeys, STEPS } from './journey.ts'

const EFFECT_MS = 20

const address = JSON.parse(process.argv[2] ?? '{}') as DatabaseAddress
const database = new Database(address, quiet)
const engine = new Engine({ database, views: [], authorize: () => undefined, log: quiet })
engine.use([
  defineReconciler<JourneyEvent>({
    kind: 'journey',
    concurrency: 8,
    hears: ['journey'],
    wokenBy: ({ id }) => [id],
    async reconcile(id, { fence }) {
      const { state } = await engine.load(journeys, id)
      if (state.step >= STEPS) return
      const step = state.step + 1
      // The effect, recorded by the world and not by us: who did it, holding which fence.
      await database.query('chaos.effect', 'insert into effects values ($1, $2, $3, $4)', [
        id,
        step,
        fence,
        process.pid,
      ])
      await sleep(EFFECT_MS)
      const command = { type: 'journey.step', at: Date.now(), by: 'chaos', step } as const
      await engine.execute(journeys, id, command, { actor: SYSTEM })
    },
  }),
])
await engine.prepare()
await engine.start()

const server = createServer(async (request, response) => {
  const id = (request.url ?? '/').slice(1)
  const command = { type: 'journey.begin', at: Date.now(), by: 'chaos' } as const
  const done = await engine
    .execute(journeys, id, command, { actor: SYSTEM })
    .then(() => true)
    .catch(() => false)
  response.writeHead(done ? 201 : 503).end()
})
server.listen(0, '127.0.0.1', () => {
  const at = server.address()
  process.send?.(typeof at === 'object' && at !== null ? at.port : 0)
})
