/** What is moving, what is broken, and what waits for me: the page to have open. */
import { useQuery } from '@tanstack/react-query'
import { servicesQuery } from '../api/queries.ts'
import { useTitle } from '../shell/title.ts'
import { Broken } from './now/broken.tsx'
import { FirstSteps } from './now/first-steps.tsx'
import { InFlight } from './now/in-flight.tsx'
import { NeedsMe } from './now/needs-me.tsx'
import { Tape } from './now/tape.tsx'

export function NowPage() {
  useTitle('Now')
  const services = useQuery(servicesQuery())
  const isEmpty = services.data?.length === 0
  return (
    <>
      <h1 className="mb-4">Now</h1>
      <div className="beside">
        <div className="space-y-4">
          {isEmpty && <FirstSteps />}
          <NeedsMe />
          <InFlight />
          <Broken />
        </div>
        <Tape />
      </div>
    </>
  )
}
