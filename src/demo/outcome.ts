/** How the story ended: as one object for machines, as a few lines for people. */
import { doraRows, type Dora } from '#cli/verbs/asking.ts'
import { formatDuration } from '#kernel/duration.ts'

export interface Outcome {
  readonly good: {
    readonly service: string
    readonly version: string
    readonly validated: readonly string[]
    readonly badRequests: number
  }
  readonly bad: {
    readonly service: string
    readonly version: string
    readonly outcome: string | null
    readonly badRequests: number
    readonly detectMs: number
    readonly rollbackMs: number
  }
  readonly services: number
  readonly runs: number
  readonly deployments: number
  readonly dora: Dora
}

export function conclude(outcome: Outcome & { readonly durationS: number }, url: string): string {
  const { good, bad, dora, runs, deployments, durationS } = outcome
  const figures = doraRows(dora).map(([name, value, n]) => `  ${name.padEnd(33)} ${value}, n=${n}`)
  const told = [
    `${good.service} ${good.version} was validated in ${good.validated.join(', ')};`,
    `${good.badRequests} bad requests on its way.`,
    `\n${bad.service} ${bad.version} was caught in prod's canary`,
    `${formatDuration(bad.detectMs)} after users first saw it,`,
    `and traffic was back ${formatDuration(bad.rollbackMs)} later (${bad.outcome});`,
    `${bad.badRequests} requests failed in between.`,
  ].join(' ')
  const counts = `${runs} runs, ${deployments} deployments, ${durationS} s. The page: ${url}`
  return `\n${told}\n\n${figures.join('\n')}\n\n${counts}\n`
}
