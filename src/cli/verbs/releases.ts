/** release: marking what is bad, saying that it is good after all, and its notes. */
import type { Release, VetoedCommit } from '../answers.ts'
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw } from '../output.ts'
import type { AddVerbs } from '../program.ts'
import { addReleaseNotes } from './release-notes.ts'

const RELEASES_MAX = 500

interface VetoFlags {
  readonly commit?: string
  readonly env?: string
  readonly reason: string
}

export const addReleases: AddVerbs = (program, run) => {
  const release = program
    .command('release')
    .description('releases that are bad, those that hold a bad commit, and notes of releases')
  for (const [verb, what] of [
    ['veto', 'mark a release, or every one that holds a commit, as bad'],
    ['unveto', 'say that it is good after all, and why'],
  ] as const)
    release
      .command(verb)
      .description(what)
      .argument('[release]', 'its id, or service@version')
      .option('--commit <sha>', 'instead: all that hold it and not its revert, later ones too')
      .option('--env <environment>', 'left out: everywhere')
      .requiredOption('--reason <text>')
      .action((name: string | undefined, flags: VetoFlags) =>
        run((context) => veto(context, verb, name, flags)),
      )
  addReleaseNotes(release, run, idOf)
}

async function veto(
  context: CliContext,
  verb: 'veto' | 'unveto',
  name: string | undefined,
  { commit, env: environment, reason }: VetoFlags,
): Promise<number> {
  const { api, io, format } = context
  const body = { environment, reason }
  const where = environment === undefined ? 'everywhere' : `in ${environment}`
  const done = verb === 'veto' ? 'vetoed' : 'good again'
  if ((commit === undefined) === (name === undefined)) {
    io.err('Name either a release, as service@version or by its id, or a --commit.\n')
    return EXIT.usage
  }
  if (commit !== undefined) {
    const path = `/commits/${encodeURIComponent(commit)}/${verb}`
    const answer = await api.post<VetoedCommit>(path, body)
    if (format !== 'table') raw(context, answer)
    else {
      io.out(
        `${answer.sha.slice(0, 12)}: ${done} ${where}, in ${answer.releases.length} releases\n`,
      )
      for (const { service, version, release } of answer.releases)
        io.out(`  ${clean(service)} ${clean(version)}  ${release}\n`)
    }
    return EXIT.done
  }
  const id = await idOf(context, name ?? '')
  const answer = await api.post<Release>(`/releases/${encodeURIComponent(id)}/${verb}`, body)
  if (format !== 'table') raw(context, answer)
  else io.out(`${clean(answer.service)} ${clean(answer.version)}: ${done} ${where}.\n`)
  return EXIT.done
}

/** People know `checkout@1.2.0`. */
async function idOf({ api }: CliContext, name: string): Promise<string> {
  const [service, version] = name.split('@')
  if (version === undefined || service === undefined) return name
  const rows = await api.get<Release[]>('/releases', { service, limit: RELEASES_MAX })
  return rows.find((row) => row.version === version)?.release ?? name
}
