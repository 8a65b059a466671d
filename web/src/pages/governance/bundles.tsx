/** A bundle for auditors, made from the page: how far it is, and one file to keep. */
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { environmentsQuery, servicesQuery } from '../../api/queries.ts'
import { tarOf, type TarFile } from '../../format/tar.ts'
import { bytes as bytesText } from '../../format/text.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Card } from '../../kit/card.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'
import { Says } from '../../kit/state.tsx'
import { exportBundle } from './export-bundle.ts'

const DAY_MS = 86_400_000
const day = (at: number) => new Date(at).toISOString().slice(0, 10)

interface Made {
  readonly name: string
  readonly url: string
  readonly files: number
  readonly size: number
  readonly changes: number
}

export function Bundles() {
  const environments = useQuery(environmentsQuery())
  const services = useQuery(servicesQuery())
  const [service, setService] = useState('')
  const [environment, setEnvironment] = useState('')
  const [from, setFrom] = useState(() => day(Date.now() - 91 * DAY_MS))
  const [to, setTo] = useState(() => day(Date.now() + DAY_MS))
  const { progress, made, error, run } = useExport()
  const id = useId()
  const why =
    service === '' ? 'Choose a service.' : from >= to ? 'It has to begin before it ends.' : ''
  const isBusy = progress !== undefined
  return (
    <Card
      title="Bundle for auditors"
      id="bundles"
      aside="checked offline by signalbox evidence verify"
    >
      <p className="mb-3">
        The changes of a service with their proofs, in one file that stands alone. That it was
        handed out is itself put on record.
      </p>
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <ChoiceFilter
          label="Service"
          value={service}
          none="choose one"
          all={(services.data ?? []).map(({ name }) => name)}
          onChange={setService}
        />
        <ChoiceFilter
          label="Environment"
          value={environment}
          none="production"
          all={(environments.data ?? []).map(({ name }) => name)}
          onChange={setEnvironment}
        />
        <DayField label="From" value={from} onChange={setFrom} />
        <DayField label="To, outside of it" value={to} onChange={setTo} />
        <Button
          weight="strong"
          disabled={why !== '' || isBusy}
          aria-describedby={why === '' ? undefined : id}
          onClick={() => void run({ service, environment, from, to })}
        >
          Export
        </Button>
      </div>
      {why !== '' && (
        <p id={id} className="text-quiet mt-1 text-xs">
          {why}
        </p>
      )}
      <div aria-live="polite" className="mt-3">
        {progress !== undefined && (
          <p>
            <progress aria-label="Making the bundle" className="mr-2 align-middle" />
            {progress.files} files, {bytesText(progress.size)} …
          </p>
        )}
        {made !== undefined && (
          <Says
            tone="good"
            text={`${made.changes} changes in ${made.files} files, ${bytesText(made.size)}.`}
          />
        )}
      </div>
      {made !== undefined && (
        <p className="mt-1">
          <a href={made.url} download={made.name}>
            Save {made.name}
          </a>
        </p>
      )}
      {error !== undefined && <Trouble error={error} />}
    </Card>
  )
}

function DayField(props: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label className="text-quiet text-xs">
      <span className="mb-0.5 block">{props.label}</span>
      <input
        type="date"
        value={props.value}
        onChange={({ target }) => props.onChange(target.value)}
        className="border-field bg-card text-ink min-h-8 rounded-md border px-2 py-1 text-sm"
      />
    </label>
  )
}

function useExport() {
  const [progress, setProgress] = useState<{ files: number; size: number }>()
  const [made, setMade] = useState<Made>()
  const [error, setError] = useState<unknown>()
  const run = async (asked: Parameters<typeof exportBundle>[0]) => {
    // One that was not saved is not kept in memory beside the next.
    if (made !== undefined) URL.revokeObjectURL(made.url)
    setMade(undefined)
    setError(undefined)
    setProgress({ files: 0, size: 0 })
    const files: TarFile[] = []
    let size = 0
    try {
      for await (const file of exportBundle(asked)) {
        files.push(file)
        size += file.bytes.length
        setProgress({ files: files.length, size })
      }
      const folder = `evidence-${asked.service}`
      const url = URL.createObjectURL(tarOf(folder, files))
      setMade({ name: `${folder}.tar`, url, files: files.length, size, changes: changesIn(files) })
    } catch (failed) {
      setError(failed)
    } finally {
      setProgress(undefined)
    }
  }
  return { progress, made, error, run }
}

function changesIn(files: readonly TarFile[]): number {
  const manifest = files.find(({ path }) => path === 'manifest.json')
  if (manifest === undefined) return 0
  return (JSON.parse(new TextDecoder().decode(manifest.bytes)) as { changes: number }).changes
}
