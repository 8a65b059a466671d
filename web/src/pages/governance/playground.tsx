/** What a policy would say of facts that one makes up: judged by the server, as a promotion is. */
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { post } from '../../api/client.ts'
import type { Tried } from '../../api/governance.ts'
import { Trouble } from '../../kit/answer.tsx'
import { Button } from '../../kit/button.tsx'
import { Card } from '../../kit/card.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { type Facts, FactsForm, NO_FACTS } from './playground-facts.tsx'
import { TriedAnswer } from './playground-answer.tsx'

const TIERS = ['0', '1', '2', '3']
const KINDS = ['development', 'test', 'staging', 'production']

const EXAMPLE = `apiVersion: signalbox.dev/v1
kind: Policy
metadata: { name: default, description: Stricter in production }
spec:
  rows:
    '*/production':
      approvals: { count: 2 }
      checks: [tests, secret-scan, signature]
`

export function Playground() {
  const [tier, setTier] = useState('1')
  const [kind, setKind] = useState('production')
  const [policy, setPolicy] = useState('')
  const [facts, setFacts] = useState<Facts>(NO_FACTS)
  const id = useId()
  const trying = useMutation({
    mutationFn: () =>
      post<Tried>('/policies/try', {
        tier: Number(tier),
        kind,
        facts,
        ...(policy.trim() !== '' && { policy }),
      }),
  })
  return (
    <Card title="Playground" id="playground" aside="nothing is kept, and nothing is done">
      <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
        <form
          aria-label="Policy and facts"
          className="space-y-4"
          onSubmit={(event) => {
            event.preventDefault()
            trying.mutate()
          }}
        >
          <div className="flex flex-wrap items-center gap-3">
            <span className="text-quiet text-xs">Tier</span>
            <Tabs label="Tier to try" all={TIERS} chosen={tier} onChoose={setTier} />
            <Tabs label="Environment to try" all={KINDS} chosen={kind} onChoose={setKind} />
          </div>
          <div>
            <div className="flex items-baseline justify-between gap-3">
              <label htmlFor={id} className="text-quiet text-xs font-medium">
                Policy, as YAML; empty: what is in force
              </label>
              {policy === '' && (
                <button
                  type="button"
                  className="text-accent text-xs hover:underline"
                  onClick={() => setPolicy(EXAMPLE)}
                >
                  Begin with an example
                </button>
              )}
            </div>
            <textarea
              id={id}
              rows={policy === '' ? 3 : 10}
              maxLength={100_000}
              value={policy}
              spellCheck={false}
              onChange={({ target }) => setPolicy(target.value)}
              className="border-field bg-page mt-1 w-full rounded-md border px-2.5 py-1.5 font-mono text-xs"
            />
          </div>
          <FactsForm facts={facts} onChange={setFacts} />
          <Button type="submit" weight="strong" disabled={trying.isPending}>
            Try it
          </Button>
        </form>
        <div aria-live="polite">
          {trying.error !== null && <Trouble error={trying.error} />}
          {trying.data !== undefined ? (
            <TriedAnswer tried={trying.data} />
          ) : (
            trying.error === null && (
              <p className="text-quiet">
                Say what a release has shown, and see which checks pass, by which row, and what
                would help where one does not.
              </p>
            )
          )}
        </div>
      </div>
    </Card>
  )
}
