/**
 * A rollout, live: one line that grows where nobody looks, a bar that moves where somebody does.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { placeOf } from './planned.ts'
import type { Deployment } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { bar, clean, raw } from '../output.ts'
import { sayCalling } from './incidents.ts'
import { pictureOf } from './rollout-picture.ts'

const LOOK_MS = 400
const BAR_WIDTH = 24

/** Until the deployment has ended; the exit code says how. */
export async function watchRollout(context: CliContext, id: string): Promise<number> {
  let said = ''
  let drawn = 0
  for (;;) {
    const deployment = await context.api.get<Deployment>(`/deployments/${id}`)
    const line = lineOf(deployment) + restOf(deployment)
    if (context.format === 'table' && context.io.isTerminal)
      drawn = draw(context, [line, ...pictureOf(deployment)], drawn)
    else if (context.format === 'table' && line !== said) context.io.out(`${clean(line)}\n`)
    said = line
    if (deployment.status === 'finished') return end(context, deployment)
    await sleep(LOOK_MS)
  }
}

/** Why it stands still, and until when that may last. */
function restOf({ status, reason, deadline, resting }: Deployment): string {
  if (resting && status === 'running') {
    const { why, until } = resting
    const end = until === null ? '' : ` (until ${new Date(until).toISOString()})`
    return `: rests, ${why.join('; ')}${end}`
  }
  if (status !== 'paused') return ''
  const [why = ''] = (reason ?? '').split('\n')
  const then = deadline ? ` (${new Date(deadline.at).toISOString()}: ${deadline.then})` : ''
  return `: ${why}${then}`
}

export function lineOf(deployment: Deployment): string {
  const { service, version, environment, status, weight, verdict, brake } = deployment
  const braked = brake ? `, braked from ${brake.from} %` : ''
  // On the way back nobody asks what the judge makes of it.
  const isBack = status === 'undoing'
  const judged = isBack
    ? `  goes back: ${(deployment.reason ?? '').split('\n', 1).join('')}`
    : verdict === null
      ? ''
      : `  ${verdict.reason}, evidence ${short(verdict.evidence)} of ${short(verdict.threshold)}`
  const share = `${bar(weight / 100, BAR_WIDTH)} ${String(weight).padStart(3)} %`
  const place = placeOf(deployment)
  return `${service} ${version} in ${environment}  ${share}  ${status}${braked}${place}${judged}`
}

const short = (value: number) => (value >= 1000 ? value.toExponential(1) : value.toFixed(1))

/** Over what was drawn before. A line that wrapped could not be undone, so none does. */
function draw({ io }: CliContext, lines: readonly string[], before: number): number {
  const up = before > 0 ? `\u001b[${before}A` : ''
  const text = lines.map((line) => `\u001b[K${clean(line).slice(0, io.columns - 1)}\n`).join('')
  io.out(`${up}\r${text}\u001b[J`)
  return lines.length
}

async function end(context: CliContext, deployment: Deployment): Promise<number> {
  if (context.format !== 'table') raw(context, deployment)
  else {
    const back =
      deployment.outcome === 'rolledBack' && deployment.returnPoint !== null
        ? ` to ${deployment.returnPoint.version}`
        : ''
    context.io.out(`${deployment.outcome}${back}: ${clean(deployment.reason)}\n`)
    await sayCalling(context, deployment.service)
  }
  return deployment.outcome === 'succeeded' ? EXIT.done : EXIT.refused
}
