/** artifacts: what keeps each of them, and throwing away what nothing needs. */
import { readFileSync } from 'node:fs'
import { type CliContext, EXIT } from '../context.ts'
import { clean, raw, show } from '../output.ts'
import { Refusal } from '../api.ts'
import type { AddVerbs } from '../program.ts'

interface Retained {
  readonly digest: string
  readonly service: string
  readonly sha: string
  readonly sizeBytes: number
  readonly publishedAt: number
  readonly keptBecause: readonly { readonly reason: string; readonly by: string }[]
}

interface Retention {
  readonly isCut: boolean
  readonly artifacts: readonly Retained[]
}

interface PruneFlags {
  readonly service?: string
  readonly reason?: string
  readonly dryRun: boolean
}

export const addArtifacts: AddVerbs = (program, run) => {
  const artifacts = program
    .command('artifacts')
    .description('what keeps an artifact, and what may be thrown away')
  artifacts
    .command('retention')
    .description('every artifact with all that keeps it')
    .option('--service <name>')
    .action((flags: { service?: string }) =>
      run(async (context) => tell(context, await retentionOf(context, flags.service))),
    )
  artifacts
    .command('attestations')
    .description('what was signed about it: how it was built, tested, released and deployed')
    .argument('<digest>')
    .action((digest: string) => run((context) => attestations(context, digest)))
  artifacts
    .command('scanned')
    .description('sign what a scanner found in it: a JSON report of Trivy, Grype or OSV-Scanner')
    .argument('<digest>')
    .argument('<file>', '- for standard input')
    .action((digest: string, file: string) => run((context) => scanned(context, digest, file)))
  artifacts
    .command('prune')
    .description('throw away what nothing refers to; the record of it stays')
    .argument('[digest...]', 'left out: all that nothing refers to')
    .option('--service <name>')
    .option('--reason <text>')
    .option('--dry-run', 'say what would go and what stays why, and change nothing', false)
    .action((digests: string[], flags: PruneFlags) =>
      run((context) => prune(context, digests, flags)),
    )
}

interface Attestation {
  readonly digest: string
  readonly kind: string
  readonly predicateType: string
  readonly isTrusted: boolean
  readonly why: string
  readonly keyId: string | null
}

async function attestations(context: CliContext, digest: string): Promise<void> {
  const path = `/artifacts/${encodeURIComponent(digest)}/attestations`
  const found = await context.api.get<{ attestations: Attestation[] }>(path)
  show(
    context,
    found.attestations,
    [
      ['attestation', (row) => row.digest.slice(0, DIGEST_SHOWN)],
      ['kind', ({ kind }) => kind],
      ['signature', ({ isTrusted, why }) => (isTrusted ? '✓ valid' : `✕ ${why}`)],
      ['key', ({ keyId }) => keyId?.slice(0, DIGEST_SHOWN)],
      ['predicate', ({ predicateType }) => predicateType],
    ],
    'Nothing is signed about it.',
  )
}

async function scanned(context: CliContext, digest: string, file: string): Promise<void> {
  const report: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  const path = `/artifacts/${encodeURIComponent(digest)}/scans`
  const done = await context.api.post<{ digest: string }>(path, { report })
  if (context.format !== 'table') return raw(context, done)
  context.io.out(`Signed, and kept beside ${done.digest.slice(0, DIGEST_SHOWN)}.\n`)
}

function retentionOf({ api }: CliContext, service: string | undefined): Promise<Retention> {
  return api.get<Retention>('/artifacts/retention', { service })
}

function tell(context: CliContext, { artifacts, isCut }: Retention): void {
  show(
    context,
    artifacts,
    [
      ['digest', ({ digest }) => digest.slice(0, DIGEST_SHOWN)],
      ['service', ({ service }) => service],
      ['published', ({ publishedAt }) => new Date(publishedAt).toISOString().slice(0, 10)],
      ['bytes', ({ sizeBytes }) => sizeBytes],
      ['kept', ({ keptBecause }) => (keptBecause.length > 0 ? 'yes' : 'may go')],
      ['because', ({ keptBecause }) => becauseOf(keptBecause)],
    ],
    'There are no artifacts.',
  )
  if (isCut) context.io.err('There are more: ask service by service, with --service.\n')
}
/** `sha256:` and twelve digits, as everywhere. */
const DIGEST_SHOWN = 19

function becauseOf(kept: Retained['keptBecause']): string {
  const [first] = kept
  if (first === undefined) return 'nothing refers to it'
  const more = kept.length > 1 ? ` (and ${kept.length - 1} more)` : ''
  return `${first.reason}: ${first.by}${more}`
}

async function prune(
  context: CliContext,
  digests: readonly string[],
  { service, reason, dryRun }: PruneFlags,
): Promise<number> {
  const { api, io, format } = context
  const found = await retentionOf(context, service)
  const named = found.artifacts.filter(({ digest }) => digests.includes(digest))
  if (dryRun) {
    tell(context, digests.length === 0 ? found : { ...found, artifacts: named })
    return EXIT.done
  }
  const free = found.artifacts.filter(({ keptBecause }) => keptBecause.length === 0)
  const going = digests.length > 0 ? digests : free.map(({ digest }) => digest)
  const pruned: string[] = []
  const refused: { digest: string; code: string; why: string }[] = []
  for (const digest of going) {
    try {
      await api.post(`/artifacts/${encodeURIComponent(digest)}/prune`, { reason })
      pruned.push(digest)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      // One that something refers to by now is no reason to leave the others.
      if (error.problem.code === 'access.denied') throw error
      refused.push({ digest, code: error.problem.code, why: error.problem.detail })
    }
  }
  if (format !== 'table') raw(context, { pruned, refused, isCut: found.isCut })
  else {
    for (const digest of pruned) io.out(`${clean(digest)}  pruned; its bytes go in ten minutes\n`)
    for (const { digest, why } of refused) io.err(`${clean(digest)}  kept: ${clean(why)}\n`)
    if (going.length === 0) io.out('Nothing may go: `artifacts retention` says what keeps each.\n')
    if (found.isCut) io.err('There are more: ask again, or service by service.\n')
  }
  return refused.length > 0 ? EXIT.refused : EXIT.done
}
