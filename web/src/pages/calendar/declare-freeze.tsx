/** Declaring a freeze: of what, until when, and whether it stops what is on its way. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { serverNow } from '../../api/clock.ts'
import { servicesQuery } from '../../api/queries.ts'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'
import { freezeBody, type FreezeWish, isNamed, LASTS } from './freeze-wish.ts'

const NOTHING: FreezeWish = {
  name: '',
  environment: '',
  service: '',
  lasts: '1 hour',
  urgency: 'planned',
}
const FIELD = 'border-field bg-page text-ink mt-0.5 block w-full rounded-md border px-2.5 py-1.5'

export function DeclareFreeze({ environments }: { environments: readonly string[] }) {
  const services = useQuery(servicesQuery())
  const [wish, setWish] = useState(NOTHING)
  const set = (change: Partial<FreezeWish>) => setWish({ ...wish, ...change })
  return (
    <Do
      name="Declare a freeze"
      title="Declare a freeze"
      action="Freeze it"
      weight="danger"
      role="operator"
      path="/freezes"
      body={(reason) => freezeBody(wish, reason, serverNow())}
      reason="needed"
      isIncomplete={!isNamed(wish)}
      onDone={() => setWish(NOTHING)}
    >
      <p>
        Nothing new starts there until it ends. Rollbacks and aborts go on. What is on its way goes
        to its next resting point, or stops at once.
      </p>
      <label className="text-quiet block text-xs">
        Name, such as winter-break
        <input
          value={wish.name}
          autoComplete="off"
          onChange={({ target }) => set({ name: target.value })}
          className={FIELD}
        />
      </label>
      <div className="grid grid-cols-2 gap-3">
        <ChoiceFilter
          label="Frozen environment"
          value={wish.environment}
          all={environments}
          onChange={(environment) => set({ environment })}
        />
        <ChoiceFilter
          label="Frozen service"
          value={wish.service}
          all={(services.data ?? []).map(({ name }) => name)}
          onChange={(service) => set({ service })}
        />
        <ChoiceFilter
          label="For"
          value={wish.lasts}
          all={Object.keys(LASTS).slice(1)}
          none="1 hour"
          onChange={(lasts) => set({ lasts: lasts === '' ? '1 hour' : lasts })}
        />
        <ChoiceFilter
          label="What is on its way"
          value={wish.urgency === 'planned' ? '' : 'stops at once'}
          all={['stops at once']}
          none="goes to a resting point"
          onChange={(to) => set({ urgency: to === '' ? 'planned' : 'immediate' })}
        />
      </div>
    </Do>
  )
}
