/** The facts of a release that nobody made: what its run proved, what is signed, what was practised. */
import { useState } from 'react'

export interface Facts {
  readonly jobs: Readonly<Record<string, 'succeeded' | 'failed'>>
  readonly runGoesOn: boolean
  readonly attestations: readonly ('sbom' | 'provenance')[]
  readonly runbookDays: number | null
  readonly rollbackDays: number | null
  readonly firstInEnvironment: boolean
  readonly waived: readonly string[]
}

/** What a healthy release has shown. */
export const NO_FACTS: Facts = {
  jobs: {
    tests: 'succeeded',
    'static-analysis': 'succeeded',
    'dependency-scan': 'succeeded',
    'secret-scan': 'succeeded',
    licence: 'succeeded',
    'migration-lint': 'succeeded',
  },
  runGoesOn: false,
  attestations: ['sbom', 'provenance'],
  runbookDays: 30,
  rollbackDays: 30,
  firstInEnvironment: false,
  waived: [],
}

const CHECKS = [
  'tests',
  'static-analysis',
  'dependency-scan',
  'image-scan',
  'secret-scan',
  'licence',
  'migration-lint',
]
const CHECK_NAME = /^[a-z][a-z0-9.-]{0,59}$/
const FIELD = 'border-field bg-card text-ink min-h-8 rounded-md border px-2 py-1 text-sm'

export function FactsForm({ facts, onChange }: { facts: Facts; onChange: (facts: Facts) => void }) {
  const set = (change: Partial<Facts>) => onChange({ ...facts, ...change })
  const names = [...new Set([...CHECKS, ...Object.keys(facts.jobs)])]
  return (
    <fieldset className="space-y-3">
      <legend className="text-quiet text-xs font-medium">Facts</legend>
      <ul className="grid gap-x-6 gap-y-1 sm:grid-cols-2">
        {names.map((name) => (
          <li key={name} className="flex items-center justify-between gap-2">
            <span className="font-mono text-xs">{name}</span>
            <JobFact
              name={name}
              said={facts.jobs[name]}
              isWaived={facts.waived.includes(name)}
              onSay={(said, isWaived) => {
                const { [name]: _, ...others } = facts.jobs
                set({
                  jobs: said === undefined ? others : { ...others, [name]: said },
                  waived: [
                    ...facts.waived.filter((each) => each !== name),
                    ...(isWaived ? [name] : []),
                  ],
                })
              }}
            />
          </li>
        ))}
      </ul>
      <OtherCheck onAdd={(name) => set({ jobs: { ...facts.jobs, [name]: 'succeeded' } })} />
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {(['sbom', 'provenance'] as const).map((name) => (
          <Tick
            key={name}
            label={`${name} attested`}
            isOn={facts.attestations.includes(name)}
            onChange={(isOn) =>
              set({
                attestations: [
                  ...facts.attestations.filter((each) => each !== name),
                  ...(isOn ? [name] : []),
                ],
              })
            }
          />
        ))}
        <Tick
          label="its run goes on"
          isOn={facts.runGoesOn}
          onChange={(runGoesOn) => set({ runGoesOn })}
        />
        <Tick
          label="first in its environment"
          isOn={facts.firstInEnvironment}
          onChange={(firstInEnvironment) => set({ firstInEnvironment })}
        />
      </div>
      <div className="flex flex-wrap gap-4">
        <Days
          label="Runbook changed, days ago"
          value={facts.runbookDays}
          onChange={(runbookDays) => set({ runbookDays })}
        />
        <Days
          label="Rolled back, days ago"
          value={facts.rollbackDays}
          onChange={(rollbackDays) => set({ rollbackDays })}
        />
      </div>
    </fieldset>
  )
}

function JobFact({
  name,
  said,
  isWaived,
  onSay,
}: {
  name: string
  said: 'succeeded' | 'failed' | undefined
  isWaived: boolean
  onSay: (said: 'succeeded' | 'failed' | undefined, isWaived: boolean) => void
}) {
  const value = isWaived ? 'waived' : (said ?? '')
  return (
    <select
      aria-label={name}
      value={value}
      className={FIELD}
      onChange={({ target: { value: to } }) => {
        if (to === 'waived') onSay('failed', true)
        else onSay(to === 'succeeded' || to === 'failed' ? to : undefined, false)
      }}
    >
      <option value="">no job</option>
      <option value="succeeded">succeeded</option>
      <option value="failed">failed</option>
      <option value="waived">failed, waived</option>
    </select>
  )
}

function OtherCheck({ onAdd }: { onAdd: (name: string) => void }) {
  const [name, setName] = useState('')
  const isRight = CHECK_NAME.test(name)
  return (
    <div className="flex flex-wrap items-end gap-2">
      <label className="text-quiet text-xs">
        <span className="mb-0.5 block">Another check</span>
        <input
          value={name}
          spellCheck={false}
          placeholder="load-test"
          onChange={({ target }) => setName(target.value)}
          className={`${FIELD} w-44 font-mono`}
        />
      </label>
      <button
        type="button"
        disabled={!isRight}
        title={isRight ? undefined : 'Lower-case letters, digits, dots and dashes.'}
        className="text-accent min-h-8 text-xs disabled:opacity-45"
        onClick={() => {
          onAdd(name)
          setName('')
        }}
      >
        Add it
      </button>
    </div>
  )
}

function Tick(props: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="inline-flex min-h-6 items-center gap-1.5">
      <input
        type="checkbox"
        checked={props.isOn}
        onChange={({ target }) => props.onChange(target.checked)}
        className="size-4"
      />
      {props.label}
    </label>
  )
}

function Days(props: {
  label: string
  value: number | null
  onChange: (value: number | null) => void
}) {
  return (
    <label className="text-quiet text-xs">
      <span className="mb-0.5 block">{props.label}</span>
      <input
        type="number"
        min={0}
        max={10_000}
        value={props.value ?? ''}
        placeholder="never"
        onChange={({ target: { value } }) =>
          props.onChange(value === '' ? null : Math.min(10_000, Math.max(0, Number(value))))
        }
        className={`${FIELD} w-28`}
      />
    </label>
  )
}
