/** Whether the audit log can be believed: how much is sealed, who cosigned, and a look of one's own. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { get } from '../../api/client.ts'
import { auditQuery } from '../../api/queries.ts'
import type { AuditChecked, AuditStatus } from '../../api/governance.ts'
import { ago } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Fact, Facts } from '../../kit/facts.tsx'
import { Says, State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'

const TONES = { sealing: 'good', lagging: 'open', halted: 'bad' } as const
const TEXTS = {
  sealing: 'Sealed and signed',
  lagging: 'Lags behind what is written',
  halted: 'Signs nothing: more was published than is here',
} as const

export function Sealed() {
  const audit = useQuery(auditQuery())
  return (
    <Answer query={audit}>
      {(status) => (
        <div className="mb-4 grid gap-x-8 gap-y-2 md:grid-cols-2">
          <Facts>
            <Fact name="Log">
              <State of={status.state} tone={TONES[status.state]} text={TEXTS[status.state]} />
            </Fact>
            <Fact name="Entries">{status.size}</Fact>
            <Fact name="Witnessed">
              <Witnessed of={status} />
            </Fact>
          </Facts>
          <Verification size={status.size} />
        </div>
      )}
    </Answer>
  )
}

function Witnessed({ of: { witnessed, witnesses } }: { of: AuditStatus }) {
  const now = useNow()
  if (witnesses.length === 0) return 'by nobody: no witness is configured'
  if (witnessed === null) return `not yet, of ${witnesses.length}`
  return `${witnessed.size}, ${ago(witnessed.at, now)}, by ${witnessed.by.join(', ')}`
}

/** Part by part, since a log of years is longer than an answer. */
function Verification({ size }: { size: number }) {
  const [at, setAt] = useState<number>()
  const [found, setFound] = useState<string>()
  const verify = async () => {
    setFound(undefined)
    let from = 0
    let wrong: AuditChecked['mismatches'] = []
    try {
      do {
        setAt(from)
        const part = await get<AuditChecked>(`/audit/verify?from=${from}`)
        from = part.to
        wrong = part.mismatches
        if (part.to >= part.size) break
      } while (wrong.length === 0)
      const first = wrong[0]
      setFound(first === undefined ? `${from} entries` : `Entry ${first.index}: ${first.why}`)
    } catch (error) {
      setFound(String(error))
    } finally {
      setAt(undefined)
    }
  }
  const isRight = found?.endsWith(' entries') === true
  return (
    <div className="flex flex-wrap items-baseline gap-3">
      <Button onClick={() => void verify()} disabled={at !== undefined}>
        Verify the log
      </Button>
      <span aria-live="polite">
        {at !== undefined && `${at} of ${size} …`}
        {found !== undefined && (
          <Says
            tone={isRight ? 'good' : 'bad'}
            text={isRight ? `${found}, all as they were sealed` : found}
          />
        )}
      </span>
    </div>
  )
}
