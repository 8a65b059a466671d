/** What people say to an incident; each is refused by the server where it makes no sense, with why. */
import type { IncidentDetail } from '../../api/governance.ts'
import { Do } from '../../kit/do.tsx'

export function IncidentActs({
  incident: { id, title, status, calling },
}: {
  incident: IncidentDetail
}) {
  if (status === 'resolved') return null
  const path = (verb: string) => `/incidents/${encodeURIComponent(id)}/${verb}`
  const common = { role: 'developer' } as const
  return (
    <div className="flex flex-wrap items-start gap-2" role="group" aria-label="Acts">
      <Do
        {...common}
        name="Acknowledge"
        whyNot={calling ? '' : 'It calls nobody now.'}
        title={`Will you look after ${title}?`}
        action="I do"
        path={path('acknowledge')}
        body={(note) => ({ note })}
        rehearse={{ note: '' }}
        reason="optional"
      >
        <p>Nobody else is called for it any more.</p>
      </Do>
      <Do
        {...common}
        name="Call people"
        title={`Call people to ${title}?`}
        action="Call them"
        weight="danger"
        path={path('page')}
        body={(reason) => ({ reason })}
        rehearse={{ reason: 'somebody is needed' }}
        reason="needed"
        about={{ label: 'Why they are needed', least: 3 }}
      >
        <p>It calls until somebody acknowledges it, or it is resolved.</p>
      </Do>
      <Do
        {...common}
        name="Mitigated"
        title={`Are users not harmed any more by ${title}?`}
        action="They are not"
        path={path('mitigate')}
        body={(how) => ({ how })}
        rehearse={{ how: 'rolled back' }}
        reason="needed"
        about={{ label: 'What ended the harm', least: 3 }}
      >
        <p>The time to recovery ends with it. It stays open until it is resolved.</p>
      </Do>
      <Do
        {...common}
        name="Resolve"
        title={`Is ${title} over?`}
        action="It is"
        path={path('resolve')}
        body={(note) => ({ note })}
        rehearse={{ note: '' }}
        reason="optional"
      >
        <p>It is closed for good; what comes again is another incident.</p>
      </Do>
    </div>
  )
}
