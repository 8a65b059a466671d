/** Quarantining a test and taking that back; who may not, or what may not be, reads why. */
import { useState } from 'react'
import type { FlakyCase } from '../../api/flaky.ts'
import { issueProblem } from '../../format/flaky.ts'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'

const LASTS = ['1d', '3d', '7d', '14d']
/** The server's own bound. */
const REASON_MIN = 10
const FIELD =
  'border-field bg-page text-ink mt-1 block w-full rounded-md border px-2.5 py-1.5 text-sm'

export function FlakyActs({ row }: { row: FlakyCase }) {
  const path = (verb: string) => `/flaky/${encodeURIComponent(row.id)}/${verb}`
  return row.quarantine === null ? (
    <Quarantine row={row} path={path('quarantine')} />
  ) : (
    <Do
      name="Release"
      title="Let its failures count again?"
      action="Release it"
      role="developer"
      path={path('release')}
      body={(reason) => ({ reason })}
      reason="needed"
    >
      <p>
        The next failure of <code className="font-mono break-words">{row.case}</code> fails its job.
      </p>
    </Do>
  )
}

function Quarantine({ row, path }: { row: FlakyCase; path: string }) {
  const [facts, setFacts] = useState({ owner: '', issue: '', lasts: '7d' })
  const set = (change: Partial<typeof facts>) => setFacts({ ...facts, ...change })
  const { owner, issue, lasts } = facts
  return (
    <Do
      name="Quarantine"
      title="Let its failures fail no job?"
      action="Quarantine it"
      weight="danger"
      role="developer"
      path={path}
      body={(reason) => ({ owner, issue, reason, expiresIn: lasts || '7d' })}
      reason="needed"
      about={{ label: 'What is known of why it fails', least: REASON_MIN }}
      isIncomplete={owner.trim() === '' || issueProblem(issue) !== ''}
    >
      <p>
        <code className="font-mono break-words">{row.case}</code> still runs and is still reported.
        When the time is over it counts again, mended or not.
      </p>
      <div className="grid grid-cols-2 gap-3">
        <label className="text-quiet text-xs">
          Owner, who mends it
          <input
            value={owner}
            maxLength={100}
            onChange={({ target }) => set({ owner: target.value })}
            className={FIELD}
          />
        </label>
        <label className="text-quiet text-xs">
          Issue: a link, or SHOP-123
          <input
            value={issue}
            maxLength={500}
            onChange={({ target }) => set({ issue: target.value })}
            className={FIELD}
          />
        </label>
        <ChoiceFilter
          label="Lasts"
          value={lasts}
          none="7d"
          all={LASTS}
          onChange={(to) => set({ lasts: to })}
        />
      </div>
    </Do>
  )
}
