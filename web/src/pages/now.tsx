/** What is moving, what is broken, and what waits for me: the page to have open. */
import { useTitle } from '../shell/title.ts'
import { Broken } from './now/broken.tsx'
import { Coming } from './now/coming.tsx'
import { FirstSteps, useIsSetUp } from './now/first-steps.tsx'
import { InFlight } from './now/in-flight.tsx'
import { NeedsMe } from './now/needs-me.tsx'
import { Tape } from './now/tape.tsx'

export function NowPage() {
  useTitle('Now')
  const isSetUp = useIsSetUp()
  return (
    <>
      <h1 className="mb-4">Now</h1>
      <div className="beside">
        <div className="space-y-4">
          {isSetUp === false && <FirstSteps />}
          <NeedsMe />
          <InFlight />
          <Broken />
        </div>
        <div className="space-y-4">
          <Coming />
          <Tape />
        </div>
      </div>
    </>
  )
}
