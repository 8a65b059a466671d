/** How flags are told in a line: by their own verb, and by status. */
import type { CliContext } from '../context.ts'
import type { FlagPlace, FlagRules, FlagSummary } from '../flag-answers.ts'
import { ago, clean, red, yellow } from '../output.ts'

/** What is half way or taken back is news; what rests is asked for by `flag list`. */
export async function sayFlags(context: CliContext, service: string | undefined): Promise<void> {
  const { api, io } = context
  for (const one of await api.get<FlagSummary[]>('/flags', { service }))
    for (const each of one.environments) {
      const { killed, ramp, waiting, environment } = each
      if (killed === null && ramp === null && waiting === null) continue
      const what = `flag ${one.flag} of ${one.service} in ${environment}`
      const mark = killed === null ? yellow('◐', io) : red('✕', io)
      io.out(`${mark} ${what}: ${clean(standing(each, one))}\n`)
    }
}

export function standing(
  { killed, rules, ramp, waiting }: FlagPlace,
  { default: rest }: FlagSummary,
) {
  const waits = waiting === null ? '' : `; ${rulesText(waiting.rules)} waits`
  if (killed !== null)
    return `killed by ${killed.by} ${ago(killed.at)}: ${killed.reason}; all get ${rest}${waits}`
  if (rules === null) return `everybody gets ${rest}${waits}`
  return `${rulesText(rules)}${ramp === null ? '' : rampText(ramp, rules)}${waits}`
}

function rampText({ variant, steps, nextAt }: NonNullable<FlagPlace['ramp']>, now: FlagRules) {
  const next = steps.find((share) => share > (now.shares[variant] ?? 0))
  if (next === undefined) return ''
  // Due and not there: it waits for something, which `flag explain` names.
  return nextAt < Date.now() ? `, ramp to ${next} % waits` : `, ramps to ${next} % ${ago(nextAt)}`
}

export function rulesText({ shares, targeting }: FlagRules): string {
  const parts = Object.entries(shares).map(([variant, share]) => `${variant} ${share} %`)
  const aimed = targeting.length === 0 ? [] : [`${targeting.length} targeted`]
  return [...parts, ...aimed].join(', ') || 'the default'
}
