/** What people say to an emergency; who may not, or not yet, reads the server's own refusal. */
import type { Emergency } from '../../api/emergencies.ts'
import { Do } from '../../kit/do.tsx'

/** The server's own bound. */
const NOTE_MIN = 10

export function Decisions({ emergency }: { emergency: Emergency }) {
  const { id, service, environment, status } = emergency
  if (status === 'ended') return null
  const path = `/emergencies/${encodeURIComponent(id)}`
  return (
    <section aria-label="Actions" className="flex flex-wrap items-start gap-3">
      {status === 'requested' && (
        <Do
          name="Approve"
          title={`Approve the emergency of ${service} in ${environment}?`}
          action="Approve it"
          weight="danger"
          role="approver"
          path={`${path}/approve`}
          body={() => ({})}
          rehearse={{}}
          reason="none"
        >
          <p>
            Its checks may be late, and freezes and windows do not hold it. You answer for that.
          </p>
        </Do>
      )}
      <Do
        name={status === 'standing' ? 'End it' : 'Withdraw it'}
        title={`End the emergency of ${service} in ${environment}?`}
        action="End it"
        role="developer"
        path={`${path}/end`}
        body={(reason) => ({ reason })}
        reason="needed"
      >
        <p>What has started goes on, under the rules for everybody. Its review stays owed.</p>
      </Do>
    </section>
  )
}

export function Sign({ id, missing }: { id: string; missing: number }) {
  return (
    <Do
      name="Sign the review"
      title="Sign the review?"
      action="Sign it"
      role="approver"
      path={`/reviews/${encodeURIComponent(id)}/sign`}
      body={(note) => ({ note })}
      rehearse={{ note: 'What was learned.' }}
      reason="needed"
      about={{ label: 'What was learned, and what has to change', least: NOTE_MIN }}
    >
      <p>
        {missing === 1
          ? 'With your name it is done.'
          : `It is done when ${missing} have signed it.`}{' '}
        Look at what failed late before you do.
      </p>
    </Do>
  )
}
