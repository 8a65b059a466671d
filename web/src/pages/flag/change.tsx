/** Asking that more or fewer people get it, at once or step by step. */
import { useState } from 'react'
import type { FlagDetail, FlagPlaceDetail } from '../../api/flags.ts'
import { stepsIn } from '../../format/flag.ts'
import { Do } from '../../kit/do.tsx'
import { Says } from '../../kit/state.tsx'

const FIELD = 'border-field bg-page text-ink mt-0.5 block w-full rounded-md border px-2.5 py-1.5'
const MINUTE_MS = 60_000
const EVERY = [
  [10 * MINUTE_MS, '10 minutes'],
  [30 * MINUTE_MS, '30 minutes'],
  [60 * MINUTE_MS, 'an hour'],
  [6 * 60 * MINUTE_MS, '6 hours'],
  [24 * 60 * MINUTE_MS, 'a day'],
] as const

export function Change(props: {
  flag: FlagDetail
  place: FlagPlaceDetail | undefined
  environment: string
}) {
  const { flag, place, environment } = props
  const { flag: name, variants, default: rest } = flag
  const others = Object.keys(variants).filter((variant) => variant !== rest)
  const [serve, setServe] = useState<Readonly<Record<string, string>>>({})
  const [ramp, setRamp] = useState({ variant: others[0] ?? '', steps: '', everyMs: '1800000' })
  const shareOf = (variant: string) => serve[variant] ?? String(place?.rules?.shares[variant] ?? 0)
  const steps = stepsIn(ramp.steps)
  const isRamp = ramp.steps.trim() !== ''
  const shares = Object.fromEntries(others.map((one) => [one, Number(shareOf(one))]))
  const isNumber = Object.values(shares).every((share) => share >= 0 && share <= 100)
  const { variant, everyMs } = ramp
  return (
    <Do
      name="Change"
      title={`Change ${name} in ${environment}`}
      action="Ask for it"
      role="developer"
      whyNot={others.length === 0 ? `It has no variant beside ${rest}.` : ''}
      path={`/flags/${encodeURIComponent(name)}/set`}
      body={(reason) => ({
        environment,
        serve: shares,
        ...(isRamp && { ramp: { variant, steps, everyMs: Number(everyMs) } }),
        ...(reason !== '' && { reason }),
      })}
      reason="optional"
      isIncomplete={!isNumber || (isRamp && steps === undefined)}
      onDone={() => setServe({})}
    >
      <p>It goes as soon as nothing keeps it: freezes, holds and the tier’s approvals do.</p>
      {place?.waiting !== null && place?.waiting !== undefined && (
        <Says tone="open" text={`It takes the place of what ${place.waiting.requestedBy} wants.`} />
      )}
      <div className="grid grid-cols-2 gap-3">
        {others.map((one) => (
          <label key={one} className="text-quiet text-xs">
            {one}, percent
            <input
              type="number"
              min={0}
              max={100}
              step="any"
              value={shareOf(one)}
              onChange={({ target }) => setServe({ ...serve, [one]: target.value })}
              className={FIELD}
            />
          </label>
        ))}
      </div>
      <fieldset className="grid grid-cols-2 gap-3">
        <legend className="text-quiet text-xs">Or step by step; empty: at once</legend>
        {others.length > 1 && (
          <Select
            label="Of"
            value={variant}
            all={others.map((one) => [one, one])}
            onChange={(to) => setRamp({ ...ramp, variant: to })}
          />
        )}
        <label className="text-quiet text-xs">
          Steps, as in 1, 10, 50, 100
          <input
            value={ramp.steps}
            inputMode="numeric"
            onChange={({ target }) => setRamp({ ...ramp, steps: target.value })}
            className={FIELD}
          />
        </label>
        <Select
          label="Each lasts"
          value={everyMs}
          all={EVERY.map(([ms, text]) => [String(ms), text])}
          onChange={(to) => setRamp({ ...ramp, everyMs: to })}
        />
      </fieldset>
      {isRamp && steps === undefined && (
        <Says tone="bad" text="Write percentages, with commas between them." />
      )}
    </Do>
  )
}

function Select(props: {
  label: string
  value: string
  all: readonly (readonly [value: string, text: string])[]
  onChange: (value: string) => void
}) {
  const { label, value, all, onChange } = props
  return (
    <label className="text-quiet text-xs">
      {label}
      <select
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className={`${FIELD} min-h-8`}
      >
        {all.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
