/** How long it will take until a canary is proven to be no worse, and what would shorten that. */
import type { Forecast } from '../api/rollouts.ts'
import { Says } from './state.tsx'

export function ForecastText({ of: forecast }: { of: Forecast | null }) {
  if (forecast === null) return null
  const { isInTime, says, advice } = forecast
  return (
    <div className="text-sm">
      <Says tone={isInTime ? 'plain' : 'open'} text={says} />
      {advice !== '' && <p className="text-quiet text-xs">{advice}</p>}
    </div>
  )
}
