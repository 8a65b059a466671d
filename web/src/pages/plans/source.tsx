/** Where the releases of a plan were taken from. */
import { Link } from '@tanstack/react-router'
import type { PlanSource } from '../../api/plans.ts'
import { dayAndClock, instant } from '../../format/text.ts'

export function Source({ source }: { source: PlanSource }) {
  switch (source.kind) {
    case 'named':
      return <>named one by one</>
    case 'environment':
      return (
        <span title={source.vector ?? 'they were validated one by one'}>
          {source.environment}, {source.vector === null ? 'not as one' : 'validated together'}
        </span>
      )
    case 'train':
      return (
        <span title={instant(source.departure)}>
          train{' '}
          <Link to="/trains/$id" params={{ id: source.train }}>
            {source.train}
          </Link>{' '}
          of {dayAndClock(source.departure)}
        </span>
      )
  }
}
