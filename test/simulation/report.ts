/** What a simulation has to tell: for people as a table, for machines as one JSON object. */
import type { Options, Outcome } from './simulate.ts'

const WIDTH = 64

export function jsonOf(outcome: Outcome, { seed, days, services }: Options): string {
  const { counts, laws, ...rest } = outcome
  return JSON.stringify({
    ...{ seed, days, services, ...rest },
    counts: Object.fromEntries([...counts].sort()),
    laws: Object.fromEntries(laws),
  })
}

export function tableOf(outcome: Outcome, { seed, days, services }: Options): string {
  const { counts, laws, violations, releaseDays, seconds, unjudged } = outcome
  const group = (prefix: string) =>
    [...counts].filter(([name]) => name.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))
  const plain = [...counts].filter(([name]) => !name.includes(': '))
  const lines = [
    `${releaseDays} release-days (${services} services, ${days} days), seed ${seed}: ` +
      `${seconds.toFixed(1)} s`,
    ...section('what happened', plain),
    ...section('releases made, by their nature', group('release: ')),
    ...section('faults injected, and survived', group('fault: ')),
    ...section('what people wished', group('wish: ')),
    ...section('how promotions ended', group('promotion: ')),
    ...section('how deployments ended', group('deployment: ')),
    ...section('laws, and how often each had something to judge', [...laws]),
  ]
  for (const law of unjudged) lines.push('', `NEVER JUDGED, in so many days: ${law}`)
  for (const { seed: one, complaint, steps } of violations)
    lines.push('', `BROKEN, seed ${one}`, ...steps, '', complaint)
  return lines.join('\n')
}

function section(title: string, rows: readonly (readonly [string, number])[]): string[] {
  return [
    '',
    title,
    ...rows.map(([name, count]) => {
      const short = name.slice(name.indexOf(': ') + 1).trim()
      return `  ${short.padEnd(WIDTH)}${String(count).padStart(9)}`
    }),
  ]
}
