/** Moves services to another number of their template, as an applied manifest would. */
import { services } from '#catalog/service.ts'
import type { Engine } from '#engine/engine.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { Fault } from '#kernel/fault.ts'
import { type Rejection, reject } from '#kernel/decider.ts'
import type { ServicePins } from '#pipelines/ports.ts'

const ELSEWHERE: Rejection<'template.pinned-elsewhere'> = reject(
  'template.pinned-elsewhere',
  'This service is pinned to something else by now.',
  'Leave it: its owner has decided.',
)

export function servicePins(engine: Engine, now: () => number): ServicePins {
  return {
    async pin({ service, from, to }) {
      const done = await engine.execute(
        services,
        service,
        async ({ state }) => {
          if (state === undefined || (state.template !== from && state.template !== to))
            return ELSEWHERE
          const spec = { ...state, template: to }
          return { type: 'service.apply', at: now(), by: SYSTEM.id, spec } as const
        },
        { actor: SYSTEM },
      )
      if (!done.rejected) return 'pinned'
      if (done.code === ELSEWHERE.code) return 'elsewhere'
      throw new Fault(done.code, done.message, { remedy: done.remedy })
    },
  }
}
