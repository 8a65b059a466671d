/** The documents that were applied, and what holds for a tier in a kind of environment. */
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { historyQuery, policiesQuery, policyInForceQuery } from '../../api/queries.ts'
import { duration } from '../../format/text.ts'
import { Answer } from '../../kit/answer.tsx'
import { Card, Quiet } from '../../kit/card.tsx'
import { Fact, Facts } from '../../kit/facts.tsx'
import { State } from '../../kit/state.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { When } from '../../kit/when.tsx'

const TIERS = ['0', '1', '2', '3']
const KINDS = ['development', 'test', 'staging', 'production']

export function Policies() {
  const policies = useQuery(policiesQuery())
  return (
    <Card title="Policies" id="policies">
      <div className="space-y-4">
        <Answer query={policies}>
          {(rows) =>
            rows.length === 0 ? (
              <Quiet>No document was applied: the built-in table of tiers holds.</Quiet>
            ) : (
              <ul className="divide-line divide-y">
                {rows.map(({ name, digest, document, appliedAt, appliedBy }) => (
                  <li key={name} className="py-2 first:pt-0">
                    <p>
                      <span className="font-medium">{name}</span> {document.description}
                    </p>
                    <p className="text-quiet text-xs">
                      <code className="font-mono">{digest.slice(0, 19)}</code>, applied by{' '}
                      {appliedBy} <When at={appliedAt} />
                    </p>
                  </li>
                ))}
              </ul>
            )
          }
        </Answer>
        <Versions />
        <InForce />
      </div>
    </Card>
  )
}

/** Every document that was ever applied under the one name that gates look at. */
function Versions() {
  const history = useQuery(historyQuery('policy', 'default'))
  const all = (history.data ?? []).toSorted((a, b) => b.version - a.version)
  if (all.length === 0) return null
  return (
    <section aria-label="Versions">
      <h3 className="text-sm font-semibold">Versions</h3>
      <ol className="divide-line divide-y">
        {all.map((row, i) => (
          <li key={row.version} className="py-1.5">
            <span className="mr-3 font-mono text-xs">{row.version}</span>
            {row.type === 'policy.withdrawn' ? 'withdrawn' : 'applied'} by {row.by}{' '}
            <When at={row.recordedAt} />{' '}
            {i === 0 && row.type === 'policy.applied' && (
              <State of="policy" tone="good" text="in force" />
            )}
            {row.document !== undefined && (
              <details className="text-xs">
                <summary className="text-quiet cursor-pointer">
                  <code className="font-mono">{row.digest?.slice(0, 19)}</code>{' '}
                  {row.document.description}
                </summary>
                <pre className="bg-page mt-1 max-h-64 overflow-auto rounded p-2" tabIndex={0}>
                  {JSON.stringify(row.document.rows, null, 2)}
                </pre>
              </details>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function InForce() {
  const search = useSearch({ from: '/governance/$room' })
  const navigate = useNavigate({ from: '/governance/$room' })
  const set = (change: Partial<Record<'tier' | 'kind', string>>) =>
    void navigate({ search: { ...search, ...change }, replace: true, resetScroll: false })
  const tier = TIERS.find((each) => each === search.tier) ?? '0'
  const kind = KINDS.find((each) => each === search.kind) ?? 'production'
  const answer = useQuery(policyInForceQuery(tier, kind))
  return (
    <section aria-label="What holds" className="space-y-3">
      <h3 className="text-sm font-semibold">What holds</h3>
      <div className="flex flex-wrap items-center gap-3">
        <span className="text-quiet text-xs">Tier</span>
        <Tabs label="Tier" all={TIERS} chosen={tier} onChoose={(to) => set({ tier: to })} />
        <Tabs label="Environment" all={KINDS} chosen={kind} onChoose={(to) => set({ kind: to })} />
      </div>
      <Answer query={answer}>
        {({ row, policy }) => (
          <div className="max-w-2xl">
            <Facts>
              <Fact name="By">{policy}</Fact>
              <Fact name="Required checks">{row.checks.join(', ') || 'none'}</Fact>
              <Fact name="Approvals">{approvalsText(row.approvals)}</Fact>
              <Fact name="Queue">{row.queue}</Fact>
              <Fact name="Strategy">{row.strategy}</Fact>
              <Fact name="Bake time after 100 %">{duration(row.bakeMs)}</Fact>
              <Fact name="Source of a check is down">
                {row.sourceDown === 'closed' ? 'denied' : 'allowed, and said'}
              </Fact>
              <Fact name="Schema not understood">{row.schemaUnknown}</Fact>
              <Fact name="Rollback window">
                {row.rollbackWindow.revisions} revisions or {duration(row.rollbackWindow.ms)}
              </Fact>
              <Fact name="Emergency">
                {row.emergency.approvers === 0
                  ? 'a reason alone'
                  : `${row.emergency.approvers} on call, ${duration(row.emergency.lastsMs)} at most`}
                {row.emergency.reviewDays > 0 &&
                  `, review in ${row.emergency.reviewDays} working days`}
              </Fact>
            </Facts>
          </div>
        )}
      </Answer>
    </section>
  )
}

function approvalsText(rule: { count: number; ownersMin: number; expiresMs: number }): string {
  const { count, ownersMin, expiresMs } = rule
  if (count === 0) return 'none: it goes when its gates let it'
  const owners = ownersMin > 0 ? `, ${ownersMin} of the owning team` : ''
  return `${count}${owners}, good for ${duration(expiresMs)}`
}
