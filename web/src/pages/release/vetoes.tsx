/** Marking a release as bad, for one environment or all, and taking that back. */
import { useState } from 'react'
import type { ReleaseDetail } from '../../api/types.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { ChoiceFilter } from '../../kit/filters.tsx'
import { State } from '../../kit/state.tsx'
import { When } from '../../kit/when.tsx'

const EVERYWHERE = '*'

export function VetoActions({
  release: { release, service, version },
  path,
}: {
  release: ReleaseDetail
  path: readonly string[]
}) {
  const [environment, setEnvironment] = useState('')
  return (
    <Do
      name="Veto"
      title={`Veto ${service} ${version}?`}
      action="Mark it as bad"
      weight="danger"
      role="operator"
      path={`/releases/${release}/veto`}
      body={(reason) => ({ reason, ...(environment !== '' && { environment }) })}
      rehearse={{ reason: 'Only asked.' }}
      reason="needed"
    >
      <p>It goes nowhere further, and is taken back where it is on its way.</p>
      <ChoiceFilter
        label="Where"
        value={environment}
        all={path}
        none="everywhere"
        onChange={setEnvironment}
      />
    </Do>
  )
}

export function Vetoes({ release: { release, version, vetoDetails } }: { release: ReleaseDetail }) {
  return (
    <Card title="Vetoes">
      {vetoDetails.length === 0 ? (
        <Quiet>None.</Quiet>
      ) : (
        <ul className="divide-line divide-y">
          {vetoDetails.map(({ environment, reason, by, at }) => (
            <li key={environment} className="space-y-1 py-2 first:pt-0 last:pb-0">
              <State
                of="denied"
                tone="bad"
                text={environment === EVERYWHERE ? 'Everywhere' : environment}
              />
              <p className="break-words">{reason}</p>
              <p className="text-quiet text-xs">
                {by}, <When at={at} />
              </p>
              <Do
                name="Take it back"
                title={`Take the veto of ${version} back?`}
                action="Take it back"
                role="operator"
                path={`/releases/${release}/unveto`}
                body={(why) => ({
                  reason: why,
                  ...(environment !== EVERYWHERE && { environment }),
                })}
                reason="needed"
              >
                <p>It may be promoted again, by a person or by policy.</p>
              </Do>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
