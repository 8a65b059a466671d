/** sinks: who is told what happens here, and what could not be told. */
import { EXIT } from '../context.ts'
import { ago, dim, raw, show } from '../output.ts'
import type { AddVerbs } from '../program.ts'

interface Sink {
  readonly sink: string
  readonly kind: string
  readonly told: number
  readonly toldAt: number | null
  readonly trouble: string | null
  readonly attempts: number
  readonly letters: number
}

interface Letter {
  readonly message: string
  readonly kind: string
  readonly subject: string
  readonly reason: string
  readonly attempts: number
  readonly at: number
  readonly requested: boolean
}

const of = (sink: string) => `/sinks/${encodeURIComponent(sink)}`

export const addSinks: AddVerbs = (program, run) => {
  const sinks = program.command('sinks').description('who is told what happens here')
  sinks
    .command('list', { isDefault: true })
    .description('each with what it was told, and why it is not told more')
    .action(() =>
      run(async (context) =>
        show(
          context,
          await context.api.get<Sink[]>('/sinks'),
          [
            ['sink', ({ sink }) => sink],
            ['kind', ({ kind }) => kind],
            ['told', ({ told }) => told],
            ['last', ({ toldAt }) => (toldAt === null ? 'never' : ago(toldAt))],
            ['put aside', ({ letters }) => letters],
            ['trouble', ({ trouble }) => trouble ?? '–'],
          ],
          'Nobody is told: name a connection of kind cdevents-out in the file of connections.',
        ),
      ),
    )
  sinks
    .command('letters')
    .description('the messages that it refused, or failed at too often')
    .argument('<sink>')
    .action((sink: string) =>
      run(async (context) =>
        show(
          context,
          await context.api.get<Letter[]>(`${of(sink)}/letters`),
          [
            ['message', ({ message }) => message],
            ['kind', ({ kind }) => kind],
            ['subject', ({ subject }) => subject],
            ['put aside', ({ at }) => ago(at)],
            ['tried', ({ attempts }) => attempts],
            ['why', ({ reason, requested }) => (requested ? 'on its way again' : reason)],
          ],
          'None: it took everything.',
        ),
      ),
    )
  sinks
    .command('redeliver')
    .description('send what was put aside once more, under the same ids')
    .argument('<sink>')
    .argument('[messages...]', 'left out: the oldest 200')
    .action((sink: string, messages: readonly string[]) =>
      run(async (context) => {
        const body = messages.length === 0 ? {} : { messages }
        const sent = await context.api.post<{ requested: string[] }>(`${of(sink)}/redeliver`, body)
        if (context.format !== 'table') return raw(context, sent)
        context.io.out(`${sent.requested.length} on the way\n`)
        context.io.out(dim(`How it went: signalbox sinks letters ${sink}\n`, context.io))
        return EXIT.done
      }),
    )
}
