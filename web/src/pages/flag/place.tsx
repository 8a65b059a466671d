/** One flag in one environment: who gets what now, what is about to change, and the acts on it. */
import type { FlagDetail, FlagPlaceDetail } from '../../api/flags.ts'
import { conditionInWords, placeInWords, sharesOf } from '../../format/flag.ts'
import { ago, instant } from '../../format/text.ts'
import { Card } from '../../kit/card.tsx'
import { Do } from '../../kit/do.tsx'
import { VerdictBox } from '../../kit/reasons.tsx'
import { Says, State } from '../../kit/state.tsx'
import { useNow } from '../../shell/now.ts'
import { Change } from './change.tsx'
import { Waiting } from './waiting.tsx'

export function Place({ flag, environment }: { flag: FlagDetail; environment: string }) {
  const now = useNow()
  const place = flag.environments.find((each) => each.environment === environment)
  const state = <State of="flag" {...placeInWords(place, flag.default, now)} />
  return (
    <Card title={environment} id={environment} aside={state}>
      <div className="space-y-3">
        {place !== undefined && place.killed !== null && <Killed killed={place.killed} />}
        <Shares flag={flag} place={place} />
        <Targeting place={place} rest={flag.default} />
        {place !== undefined && place.ramp !== null && <Ramp place={place} />}
        {place !== undefined && place.waiting !== null && <Waiting flag={flag} place={place} />}
        <div className="flex flex-wrap items-start gap-2">
          <Change flag={flag} place={place} environment={environment} />
          <Kill flag={flag} place={place} environment={environment} />
        </div>
      </div>
    </Card>
  )
}

function Killed({
  killed: { at, by, reason },
}: {
  killed: NonNullable<FlagPlaceDetail['killed']>
}) {
  const now = useNow()
  return (
    <p className="break-words" title={instant(at)}>
      <Says tone="bad" text={`Killed by ${by} ${ago(at, now)}: ${reason}`} />
    </p>
  )
}

/** A bar for the eye, beside the number. */
function Shares({ flag, place }: { flag: FlagDetail; place: FlagPlaceDetail | undefined }) {
  const rules = place === undefined || place.killed !== null ? null : place.rules
  return (
    <ul aria-label="Shares" className="space-y-1">
      {sharesOf(rules, Object.keys(flag.variants), flag.default).map(({ variant, share }) => (
        <li key={variant} className="grid grid-cols-[7rem_1fr_5rem] items-center gap-3">
          <span className="truncate font-mono text-xs" title={variant}>
            {variant}
          </span>
          <span aria-hidden="true" className="bg-track h-1.5 overflow-hidden rounded-full">
            <span
              className={`block h-full rounded-full ${variant === flag.default ? 'bg-field' : 'bg-canary'}`}
              style={{ width: `${share}%` }}
            />
          </span>
          <span className="text-right">{share} %</span>
        </li>
      ))}
    </ul>
  )
}

function Targeting({ place, rest }: { place: FlagPlaceDetail | undefined; rest: string }) {
  const targeting = place?.rules?.targeting ?? []
  if (targeting.length === 0) return null
  return (
    <div>
      <p className="text-quiet text-xs">
        Before the shares, the first of these that is met
        {place?.killed === null ? '' : ` (while it is killed all get ${rest})`}
      </p>
      <ol className="list-inside list-decimal">
        {targeting.map(({ when, serve }) => {
          const text = when.map(conditionInWords).join(' and ')
          return (
            <li key={text} className="break-words">
              {text}: <span className="font-mono text-xs">{serve}</span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

/** Its steps, and what keeps the next one, if anything does. */
function Ramp({ place: { ramp, rules, verdict } }: { place: FlagPlaceDetail }) {
  const now = useNow()
  if (ramp === null) return null
  const share = rules?.shares[ramp.variant] ?? 0
  return (
    <div className="space-y-2">
      <ol aria-label="Steps of the ramp" className="flex flex-wrap gap-x-3 gap-y-1 text-xs">
        {ramp.steps.map((step) => {
          const tone = step < share ? 'good' : step === share ? 'open' : 'plain'
          const done = { good: 'passed', open: 'now', plain: 'to come' }[tone]
          return (
            <li key={step} aria-current={tone === 'open' ? 'step' : undefined}>
              <State of="step" tone={tone} text={`${step} %`} />
              <span className="sr-only">, {done}</span>
            </li>
          )
        })}
        <li className="text-quiet" title={instant(ramp.nextAt)}>
          next {ago(ramp.nextAt, now)}
        </li>
      </ol>
      {verdict !== null && verdict.verdict !== 'allow' && <VerdictBox verdict={verdict} />}
    </div>
  )
}

function Kill(props: {
  flag: FlagDetail
  place: FlagPlaceDetail | undefined
  environment: string
}) {
  const { flag, place, environment } = props
  const { flag: name, default: rest, service } = flag
  const isKilled = place !== undefined && place.killed !== null
  return (
    <Do
      name="Kill"
      title={`Kill ${name} in ${environment}?`}
      action="Kill it"
      weight="danger"
      isLoud
      role="operator"
      whyNot={isKilled ? 'It is killed already; a change brings it back.' : ''}
      path={`/flags/${encodeURIComponent(name)}/kill`}
      body={(reason) => ({ environment, reason })}
      rehearse={{ environment, reason: 'Only asked.' }}
      reason="needed"
      typed={name}
    >
      <p>
        Everybody in {environment} gets <span className="font-mono">{rest}</span> of {service} at
        once. No freeze, window or approval holds it back; a ramp, and whatever waits, is over.
      </p>
      <p className="text-quiet">Who had it has it again when a change brings it back.</p>
    </Do>
  )
}
