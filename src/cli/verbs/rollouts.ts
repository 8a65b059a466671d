/** rollout: look at one, and take it by the hand. */
import type { Deployment, Shadow } from '../answers.ts'
import type { Api } from '../api.ts'
import { EXIT } from '../context.ts'
import { type Column, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { lineOf, watchRollout } from './watching.ts'

export const addRollouts: AddVerbs = (program, run) => {
  const rollout = program.command('rollout').description('a rollout, by its deployment or service')
  rollout
    .command('watch')
    .argument('<deployment>', 'its id, or a service with --env')
    .option('--env <environment>')
    .action((name: string, flags: { env?: string }) =>
      run(async (context) =>
        watchRollout(context, (await latest(context.api, name, flags.env)).id),
      ),
    )
  rollout
    .command('show')
    .description('where it stands, and what other judges would have said')
    .argument('<deployment>', 'its id, or a service with --env')
    .option('--env <environment>')
    .action((name: string, flags: { env?: string }) =>
      run(async (context) => {
        const { id } = await latest(context.api, name, flags.env)
        const found = await context.api.get<Deployment>(`/deployments/${id}`)
        if (context.format !== 'table') return raw(context, found)
        context.io.out(`${lineOf(found)}\n`)
        const { shadows = [] } = found
        if (shadows.length > 0) show(context, shadows, SHADOW_COLUMNS, '')
        return EXIT.done
      }),
    )
  for (const [verb, what] of [
    ['pause', 'stop advancing, keep watching'],
    ['resume', 'go on'],
    ['advance', 'go to the next step now'],
    ['abort', 'undo it: traffic back first'],
  ] as const)
    rollout
      .command(verb)
      .description(what)
      .argument('<deployment>', 'its id, or a service with --env')
      .option('--env <environment>')
      .option('--reason <text>', 'why', 'asked for on the command line')
      .action((name: string, flags: { env?: string; reason: string }) =>
        run(async ({ api, io }) => {
          const { id } = await latest(api, name, flags.env)
          // Every measured tick is a new version: who types a verb decides on the rollout, not on
          // one.
          await api.post(`/deployments/${id}/${verb}`, { reason: flags.reason })
          io.out(`${lineOf(await api.get<Deployment>(`/deployments/${id}`))}\n`)
          return EXIT.done
        }),
      )
}

const SHADOW_COLUMNS: readonly Column<Shadow>[] = [
  ['shadow', ({ name }) => name],
  ['judge', ({ kind }) => kind],
  ['says', ({ verdict }) => verdict],
  ['in tick', ({ tick }) => tick ?? '–'],
  ['reason', ({ reason }) => reason],
]

/** The deployment by its id, or the newest of a service in an environment. */
export async function latest(api: Api, name: string, environment: string | undefined) {
  if (name.startsWith('dep_')) return api.get<Deployment>(`/deployments/${name}`)
  const query = { service: name, environment, limit: 1 }
  const [newest] = await api.get<Deployment[]>('/deployments', query)
  return newest ?? api.get<Deployment>(`/deployments/${encodeURIComponent(name)}`)
}
