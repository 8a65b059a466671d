/** One newer number: what changes, whom it affects, and how far its proposal is. */
import { Link } from '@tanstack/react-router'
import type { NewerNumber, ShownProposal } from '../../api/templates.ts'
import { followedInWords, toneOf } from '../../format/proposal.ts'
import { Do } from '../../kit/do.tsx'
import { State } from '../../kit/state.tsx'

export function Newer({ one }: { one: NewerNumber }) {
  const { from, to, isBreaking, changes, affected, recorded } = one
  return (
    <li className="space-y-1 py-3">
      <p className="flex flex-wrap items-baseline gap-x-4">
        <span className="font-medium">
          {from} → {to}
        </span>
        {isBreaking && <span className="text-bad">breaking</span>}
        {recorded === null ? (
          <State of="not proposed" tone="plain" />
        ) : (
          <State of={recorded.status} tone={toneOf(recorded)} />
        )}
      </p>
      <ul className="text-quiet text-xs">
        {changes.map(({ job, says, isBreaking: breaks }) => (
          <li key={`${job} ${says}`}>
            {job} {says}
            {breaks ? '' : ', which breaks nothing'}
          </li>
        ))}
      </ul>
      {recorded === null ? (
        <p>
          Would affect {affected.map(({ service }) => service).join(', ')}. Propose it:{' '}
          <code className="font-mono text-xs">
            signalbox templates propose {to} --canary {affected[0]?.service ?? '…'}
          </code>
        </p>
      ) : (
        <Recorded one={recorded} />
      )}
    </li>
  )
}

function Recorded({ one }: { one: ShownProposal }) {
  const { status, canaries, affected, held, proposedBy, approvedBy, reason } = one
  const path = (verb: string) => `/templates/proposals/${one.id}/${verb}`
  const isOpen = ['proposed', 'canaries', 'rest', 'held'].includes(status)
  return (
    <>
      <p>
        {followedInWords(one)} First {canaries.join(', ')}; affected {affected.join(', ')}.
      </p>
      <p className="text-quiet text-xs">
        Proposed by {proposedBy}
        {approvedBy !== null && <>, approved by {approvedBy}</>}
        {reason !== '' && <>: {reason}</>}
      </p>
      {held !== null && (
        <p role="alert" className="text-bad">
          ✕ Held: a run of {held.service} failed.{' '}
          <Link to="/runs/$id" params={{ id: held.run }}>
            Look at it
          </Link>
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        {status === 'proposed' && (
          <Do
            name="Approve"
            title="Let it go to its canaries?"
            action="Approve it"
            role="approver"
            path={path('approve')}
            body={(why) => ({ reason: why })}
            rehearse={{ reason: '' }}
            reason="none"
          >
            <p>
              {canaries.join(', ')} will be pinned to {one.to}, and the others when they have baked.
            </p>
          </Do>
        )}
        {status === 'held' && (
          <Do
            name="Resume"
            title="Let the others follow?"
            action="Resume it"
            role="operator"
            path={path('resume')}
            body={(why) => ({ reason: why })}
            reason="optional"
          >
            <p>The failed run holds it no more; another one does.</p>
          </Do>
        )}
        {isOpen && (
          <Do
            name="Withdraw"
            title="End this proposal?"
            action="Withdraw it"
            weight="danger"
            role="operator"
            path={path('withdraw')}
            body={(why) => ({ reason: why })}
            reason="optional"
          >
            <p>Nobody else follows. Who has followed stays on {one.to}.</p>
          </Do>
        )}
      </div>
    </>
  )
}
