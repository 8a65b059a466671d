/**
 * Whom a Prometheus should scrape, in the form of its HTTP discovery: each instance with the labels
 * that tell releases apart. Instances come and go on ports of their own, and nobody writes lists.
 */
import { z } from 'zod'
import type { App, RouteContext } from '#engine/routing.ts'
import type { Target } from '../ports.ts'
import { slotRows } from '../queries.ts'

const name = z.string().min(1).max(100)
const list = z.object({ service: name.optional(), environment: name.optional() })
const answer = z.array(
  z.object({
    targets: z.array(z.string()).describe('host:port'),
    labels: z.object({
      service: z.string(),
      environment: z.string(),
      deployment: z.string(),
      version: z.string(),
    }),
  }),
)
/** Asked at once; each is a question to the target. */
const AT_ONCE = 16

export function scrapeTargetRoutes(
  app: App,
  { engine }: RouteContext,
  { target }: { readonly target: Target },
): void {
  app.get(
    '/scrape-targets',
    { schema: { querystring: list, response: { 200: answer } } },
    async ({ query }) => {
      const rows = await slotRows(engine.reads, query)
      const found: z.infer<typeof answer> = []
      for (let i = 0; i < rows.length; i += AT_ONCE) {
        const some = rows.slice(i, i + AT_ONCE)
        // A target that does not answer fails the whole: Prometheus then keeps the list it has.
        const seen = await Promise.all(
          some.map(({ service, environment }) => target.observe({ service, environment })),
        )
        for (const status of seen) if (status !== undefined) found.push(...targetsIn(status))
      }
      return found
    },
  )
}

type Status = NonNullable<Awaited<ReturnType<Target['observe']>>>

export function targetsIn({ slot, groups }: Status): z.infer<typeof answer> {
  return groups.flatMap(({ group, version, instances }) => {
    const targets = instances
      .filter(({ state }) => state !== 'exited')
      .map(({ port }) => `127.0.0.1:${port}`)
    if (targets.length === 0) return []
    const { service, environment } = slot
    return [{ targets, labels: { service, environment, deployment: group, version } }]
  })
}
