/** `uses: package`: what a release is made of and the list of its parts, as blobs on the server. */
import { join } from 'node:path'
import { Fault } from '#kernel/fault.ts'
import { writeSbom } from './cyclonedx.ts'
import { listFiles } from './files.ts'
import type { Globs } from './glob.ts'
import type { JobContext, StepEnd } from './job-context.ts'
import { readParts } from './lock-files.ts'
import { storeBytes, storeFile } from './transfer.ts'
import { packFiles } from './package.ts'

/** Throws Fault `runner.nothing-included`, and what packing, reading and uploading throw. */
export async function packageStep(
  context: JobContext,
  folder: string,
  include: Globs,
): Promise<StepEnd> {
  const { workspace, log, move } = context
  const found = await listFiles(folder, include)
  for (const glob of include.unmatched(found.map((file) => file.path)))
    log.say(`nothing matches ${glob}`)
  if (found.length === 0)
    throw new Fault('runner.nothing-included', 'Nothing matches the globs of `include`.', {
      remedy: 'Correct them, or need the job that makes the files.',
      retry: false,
    })
  const target = join(workspace.root, 'artifact.tar.gz')
  const { sha256, sizeBytes } = await packFiles(folder, found, target, move.signal)
  await storeFile(move, target, sha256, sizeBytes)
  log.say(`packed ${found.length} files, ${sizeBytes} bytes: sha256:${sha256}`)
  const sbom = await storeSbom(context, folder)
  const packaged = { digest: `sha256:${sha256}`, sizeBytes, files: found.length }
  return { outcome: 'succeeded', packaged: sbom === undefined ? packaged : { ...packaged, sbom } }
}

async function storeSbom({ leased, log, move }: JobContext, folder: string) {
  const list = readParts(folder)
  if ('unknown' in list) {
    log.say(`no SBOM: ${list.unknown}`)
    return undefined
  }
  const digest = await storeBytes(move, writeSbom(leased, list))
  log.say(`SBOM of ${list.parts.length} components: ${digest}`)
  return { digest, components: list.parts.length }
}
