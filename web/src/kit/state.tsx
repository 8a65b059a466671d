/** A state is always a glyph, a word and a colour: never a colour alone. */
import type { Tone } from '../format/deployment.ts'
import { words } from '../format/text.ts'

const GLYPH: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', open: '◐', plain: '○' }
export const COLOUR: Readonly<Record<Tone, string>> = {
  good: 'text-good',
  bad: 'text-bad',
  open: 'text-open',
  plain: 'text-quiet',
}

const TONES: Readonly<Record<string, Tone>> = {
  succeeded: 'good',
  cached: 'good',
  validated: 'good',
  allow: 'good',
  met: 'good',
  passed: 'good',
  waived: 'good',
  resolved: 'good',
  mitigated: 'good',
  failed: 'bad',
  rolledBack: 'bad',
  stuck: 'bad',
  timedOut: 'bad',
  lost: 'bad',
  unknown: 'bad',
  doubted: 'bad',
  aborted: 'bad',
  deny: 'bad',
  refused: 'bad',
  held: 'bad',
  open: 'bad',
  running: 'open',
  leased: 'open',
  wait: 'open',
  waiting: 'open',
  pending: 'open',
  paused: 'open',
}

export function State({ of, text, tone }: { of: string; text?: string; tone?: Tone }) {
  const how = tone ?? TONES[of] ?? 'plain'
  return (
    <span className={`${COLOUR[how]} inline-flex items-baseline gap-1 whitespace-nowrap`}>
      <span aria-hidden="true">{GLYPH[how]}</span>
      {text ?? words(of)}
    </span>
  )
}

/** The same for a whole sentence, which may wrap. */
export function Says({ text, tone }: { text: string; tone: Tone }) {
  return (
    <span className="grid grid-cols-[1rem_1fr] gap-x-1.5">
      <span aria-hidden="true" className={COLOUR[tone]}>
        {GLYPH[tone]}
      </span>
      <span>{text}</span>
    </span>
  )
}
