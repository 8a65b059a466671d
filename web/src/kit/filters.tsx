/** Fields that narrow a list; what they say stands in the address, so that it can be sent. */
import type { ReactNode } from 'react'

const FIELD = 'border-field bg-card text-ink min-h-8 rounded-md border px-2 py-1 text-sm'

export function Filters({ children }: { children: ReactNode }) {
  return (
    <search className="mb-4 flex flex-wrap items-end gap-x-4 gap-y-2" aria-label="Filter">
      {children}
    </search>
  )
}

interface Field {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string) => void
}

export function TextFilter({ label, value = '', onChange }: Field) {
  return (
    <label className="text-quiet text-xs">
      <span className="mb-0.5 block">{label}</span>
      <input
        type="search"
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className={`${FIELD} w-44`}
      />
    </label>
  )
}

export function ChoiceFilter({
  label,
  value = '',
  onChange,
  all,
  none = 'all',
}: Field & {
  readonly all: readonly string[]
  /** What it is called to choose none of them. */
  readonly none?: string
}) {
  // An address may name what is gone; it is shown, not silently dropped.
  const shown = value === '' || all.includes(value) ? all : [value, ...all]
  return (
    <label className="text-quiet text-xs">
      <span className="mb-0.5 block">{label}</span>
      <select
        value={value}
        onChange={({ target }) => onChange(target.value)}
        className={`${FIELD} max-w-48`}
      >
        <option value="">{none}</option>
        {shown.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
  )
}
