/** judge backtest: what settings would have said of releases that were well. */
import type { Command } from 'commander'
import { EXIT, type CliContext } from '../context.ts'
import { clean, raw } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Found {
  readonly rollouts: number
  readonly trials: number
  readonly rolledBack: number
  readonly rolledBackAtMost: number
  readonly culprits: readonly {
    readonly deployment: string
    readonly instance: string
    readonly reason: string
  }[]
  readonly phi: number
  readonly sigma: number
  readonly requestsPerS: number
  readonly badShare: number
  readonly power: readonly { readonly weight: number; readonly ratio?: number }[]
}
interface Answer {
  readonly policy: string
  readonly analysis: { readonly alpha: number; readonly delta: number }
  readonly found: Found
}
interface Flags {
  readonly environment: string
  readonly alpha?: string
  readonly delta?: string
  readonly badShareMax?: string
}

export function addBacktest(judge: Command, run: Parameters<AddVerbs>[1]): void {
  judge
    .command('backtest')
    .description('try settings on the recorded rollouts of a service that went well')
    .argument('<service>')
    .requiredOption('--environment <environment>')
    .option('--alpha <chance>', 'left out: as the policy has it')
    .option('--delta <share>')
    .option('--bad-share-max <share>')
    .action((service: string, flags: Flags) => run((context) => backtest(context, service, flags)))
}

async function backtest(context: CliContext, service: string, flags: Flags): Promise<number> {
  const { environment, ...settings } = flags
  const path = `/slots/${encodeURIComponent(environment)}/${encodeURIComponent(service)}/backtest`
  const asked = Object.entries(settings).map(([name, text]) => [name, Number(text)])
  const answer = await context.api.post<Answer>(path, Object.fromEntries(asked))
  if (context.format !== 'table') {
    raw(context, answer)
    return EXIT.done
  }
  for (const line of told(answer)) context.io.out(`${clean(line)}\n`)
  return EXIT.done
}

const percent = (share: number) => `${(100 * share).toFixed(share < 0.01 ? 3 : 1)} %`

function told({ policy, analysis, found }: Answer): readonly string[] {
  const { rollouts, trials, rolledBack, culprits, phi, sigma, power } = found
  const settings = `α ${analysis.alpha}, δ ${analysis.delta} (${policy})`
  if (trials === 0)
    return [
      `Nothing is known with ${settings}: no good rollout on record has two stable instances and`,
      'six ticks of the length that applies now. Each rollout from now on counts.',
    ]
  return [
    `With ${settings}, of ${trials} instances that were well, in ${rollouts} rollouts,`,
    `${rolledBack} would have been taken back; no more than ${percent(found.rolledBackAtMost)} of` +
      ' harmless releases will be, with 95 % confidence.',
    ...culprits.map(
      ({ deployment, instance, reason }) => `  ${deployment}, instance ${instance}: ${reason}`,
    ),
    `Instances differ by ${percent(sigma)} for good (σ), and burst ${phi.toFixed(2)} times` +
      ' as much as chance alone (φ).',
    `Found within an hour, at ${found.requestsPerS.toFixed(1)} requests a second of which ` +
      `${percent(found.badShare)} fail:`,
    ...power.map(({ weight, ratio }) =>
      ratio === undefined
        ? `  at ${weight} % of traffic: nothing, however bad`
        : `  at ${weight} % of traffic: ${ratio.toFixed(1)} times as many failures`,
    ),
  ]
}
