/** One room of governance. */
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Quiet } from '../kit/card.tsx'
import { useTitle } from '../shell/title.ts'
import { AccessReviews } from './governance/access-reviews.tsx'
import { Access } from './governance/access.tsx'
import { Bundles } from './governance/bundles.tsx'
import { Connections } from './governance/connections.tsx'
import { Controls } from './governance/controls.tsx'
import { Incidents } from './governance/incidents.tsx'
import { Log } from './governance/log.tsx'
import { Playground } from './governance/playground.tsx'
import { Policies } from './governance/policies.tsx'
import { Recorders, Records } from './governance/records.tsx'
import { Reviews } from './governance/reviews.tsx'
import { type Room, roomNamed } from './governance/rooms.ts'
import { Runbooks } from './governance/runbooks.tsx'
import { Settings } from './governance/settings.tsx'
import { RoomTabs } from './governance/tabs.tsx'
import { Traceability } from './governance/traceability.tsx'
import { Waivers } from './governance/waivers.tsx'

const INSIDE: Readonly<Record<Room, () => ReactNode>> = {
  policies: () => (
    <>
      <Policies />
      <Playground />
    </>
  ),
  waivers: Waivers,
  audit: Log,
  evidence: () => (
    <>
      <Traceability />
      <Controls />
      <Bundles />
    </>
  ),
  records: () => (
    <>
      <Records />
      <Recorders />
    </>
  ),
  access: () => (
    <>
      <Access />
      <AccessReviews />
    </>
  ),
  runbooks: Runbooks,
  incidents: () => (
    <>
      <Incidents />
      <Reviews />
    </>
  ),
  connections: Connections,
  settings: Settings,
}

export function GovernanceRoomPage() {
  const { room: asked } = useParams({ from: '/governance/$room' })
  const known = roomNamed(asked)
  useTitle(known === undefined ? 'Governance' : known.name)
  const Inside = known && INSIDE[known.room]
  return (
    <>
      <h1 className="mb-2">Governance</h1>
      <RoomTabs />
      {Inside === undefined ? (
        <Quiet>
          <span role="alert">There is no room {asked}: choose one above.</span>
        </Quiet>
      ) : (
        <div className="space-y-4">
          <Inside />
        </div>
      )}
    </>
  )
}
