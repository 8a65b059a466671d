/** The control matrix: how far each control is met in a window, and how long evidence is kept. */
import { z } from 'zod'
import type { Routes } from '#engine/routing.ts'
import { evidenceMs } from '#gates/queries.ts'
import { controlsOf, FRAMEWORK_NAMES, FRAMEWORKS, MATRIX } from '../controls/matrix.ts'
import type { Provenance } from '../ports/registry.ts'
import { measuredNeeds } from '../queries/controls.ts'
import { windowFor, windowOfTime } from './coverage.ts'

const asked = windowOfTime.extend({
  framework: z.enum(['soc2', 'iso27001', 'pci', 'nist']).optional(),
})
const TIERS = [0, 1, 2, 3] as const
const YEAR_MS = 365.25 * 24 * 60 * 60 * 1000

export const controlRoutes =
  (provenance: Provenance): Routes =>
  (app, context) => {
    const { reads } = context.engine
    app.get('/evidence/controls', { schema: { querystring: asked } }, async ({ query }, reply) => {
      const window = await windowFor(context, query)
      if ('unknown' in window)
        return context.unknown(reply, 'service', query.service ?? '', window.unknown)
      const { needs, isCut } = await measuredNeeds(reads, provenance, window, context.now())
      const wanted = query.framework === undefined ? FRAMEWORKS : [query.framework]
      const { service = null, from, to } = window
      return {
        service,
        from,
        to,
        isCut,
        controls: wanted.flatMap((framework) =>
          controlsOf(framework, needs).map((each) => ({
            ...each,
            frameworkName: FRAMEWORK_NAMES[framework],
          })),
        ),
        needs: MATRIX.map(({ controls: _, ...row }) => ({ ...row, ...needs[row.need] })),
        retention: TIERS.map((tier) => ({ tier, years: Math.floor(evidenceMs(tier) / YEAR_MS) })),
      }
    })
  }
