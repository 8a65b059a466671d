/**
 * runbook, drill, diagnose: what people did that no machine saw. Each is told as an observation, as
 * tools tell theirs, once it is sure that what it is of is there.
 */
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw, red } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Recorded {
  readonly accepted: number
  readonly problems: readonly { readonly reason: string; readonly remedy: string }[]
}

type Said = Readonly<Record<string, string | boolean>>

export const addPeopleSay: AddVerbs = (program, run) => {
  program
    .command('runbook')
    .description('what is written for the day when it breaks')
    .command('reviewed')
    .description('say that somebody has read it through, and that it is right')
    .argument('<service>')
    .argument('<path>', 'in the repository, or an address')
    .option('--rollback', 'it says how to go back', false)
    .action((service: string, runbook: string, { rollback }: { rollback: boolean }) =>
      run((context) =>
        ofService(context, service, {
          ...{ type: 'runbook.reviewed', runbook },
          kind: rollback ? 'rollback' : 'other',
        }),
      ),
    )
  program
    .command('drill')
    .description('rehearsals of what one hopes never to need')
    .command('done')
    .description('say how one went')
    .argument('<service>')
    .argument('<result>', 'passed or failed')
    .option('--kind <kind>', 'rollback or other', 'rollback')
    .action((service: string, result: string, { kind }: { kind: string }) =>
      run((context) =>
        ofService(context, service, { type: 'drill.completed', drill: kind, result }),
      ),
    )
  program
    .command('diagnose')
    .description('say why a run failed')
    .argument('<run>')
    .requiredOption('--class <class>', 'in a word or two: oom, flaky, dependency, config …')
    .option('--task <job>', 'the job that it is of, where several failed')
    .action((id: string, flags: { class: string; task?: string }) =>
      run(async (context) => {
        await context.api.get(`/runs/${encodeURIComponent(id)}`)
        const { id: by } = await context.api.get<{ id: string }>('/me')
        const of = { type: 'failure.diagnosed', run: id, class: flags.class, isConfirmed: true }
        return tell(context, { ...of, by, ...(flags.task !== undefined && { task: flags.task }) })
      }),
    )
}

/** A misspelt name would be a service that nobody has, and count for nothing. */
async function ofService(context: CliContext, service: string, said: Said): Promise<number> {
  await context.api.get(`/services/${encodeURIComponent(service)}`)
  return tell(context, { service, ...said })
}

async function tell(context: CliContext, said: Said): Promise<number> {
  const observation = { ...said, occurredAt: new Date().toISOString(), source: 'people' }
  const { api, io } = context
  const type = 'application/x-ndjson'
  const told = await api.postText<Recorded>('/observations', JSON.stringify(observation), type)
  const [problem] = told.problems
  if (problem !== undefined) {
    io.err(
      `${red('observation.refused', io)}  ${clean(problem.reason)}\n${clean(problem.remedy)}\n`,
    )
    return EXIT.refused
  }
  if (context.format === 'table') io.out('It counts.\n')
  else raw(context, told)
  return EXIT.done
}
