/** The audit log put together: its folder, its keys, its witnesses, and the loop that seals. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicKeys } from '#connectors/local-key/public-keys.ts'
import { openLogFolder } from '#connectors/log-folder/log-folder.ts'
import { openLogKeys } from '#connectors/log-keys/log-keys.ts'
import { witnessClient } from '#connectors/witness/client.ts'
import type { Registry, Signer } from '#artifacts/ports.ts'
import { BUNDLE_TYPE } from '#artifacts/reconcilers/attest.ts'
import type { Wake } from '#engine/due.ts'
import type { Engine } from '#engine/engine.ts'
import type { Reconciler } from '#engine/loop.ts'
import { newId } from '#engine/ids.ts'
import type { Logger } from '#engine/log.ts'
import { readPolicy, type TrustPolicy } from '#evidence/log/policy.ts'
import type { AttestationsOf } from '#evidence/queries/bundle.ts'
import { LOG_CHECK_KIND, logChecker, WHOLE_LOG } from '#evidence/reconcilers/log-checks.ts'
import { TIMESTAMP_KIND, timestampKeeper } from '#evidence/reconcilers/timestamps.ts'
import { AuditLoop } from '#evidence/reconcilers/audit-loop.ts'
import type { AuditNeeds } from '#evidence/routes/audit.ts'
import type { BundleNeeds } from '#evidence/routes/bundle.ts'
import { Fault } from '#kernel/fault.ts'
import { bucketStore } from './audit-bucket.ts'
import type { Config } from './config.ts'
import { readAuthorities } from './timestamp-authorities.ts'

export interface Audit {
  readonly needs: AuditNeeds & Pick<BundleNeeds, 'policyText' | 'timestamping'>
  readonly loops: readonly Reconciler[]
  /** What its loops look at from the start. */
  readonly firstLooks: readonly Wake[]
  /** A server that only serves leaves sealing to the others. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function auditOf(config: Config, engine: Engine, log: Logger): Promise<Audit> {
  const { dataDir, audit } = config
  const keys = await openLogKeys(join(dataDir, 'keys', 'log'), audit)
  const store =
    audit.bucketFile === undefined
      ? await openLogFolder(join(dataDir, 'log'))
      : bucketStore(audit.bucketFile, config.secrets)
  const { policy, text: policyText } = policyIn(audit.policyFile)
  const timestamping = readAuthorities(audit.timestampsFile)
  const now = () => Date.now()
  const loop = new AuditLoop({
    engine,
    keys,
    store,
    witnesses: policy && { policy, client: witnessClient },
    server: newId('act', now()),
    log,
    now,
  })
  return {
    needs: { files: loop.files, keys, store, policy, policyText, timestamping },
    loops: [
      timestampKeeper({ engine, store, timestamping, log, now }),
      logChecker({ engine, files: loop.files, keys, log, now }),
    ],
    firstLooks: [
      { kind: LOG_CHECK_KIND, key: WHOLE_LOG },
      ...timestamping.authorities.map(({ name: key }) => ({ kind: TIMESTAMP_KIND, key })),
    ],
    start: async () => (config.role === 'api' ? undefined : loop.start()),
    stop: () => loop.stop(),
  }
}

/** Of a policy that names no witness nobody can be asked; it is as if there were none. */
function policyIn(file: string | undefined): {
  readonly policy?: TrustPolicy
  readonly text?: string
} {
  if (file === undefined) return {}
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw unusable(`${file} cannot be read.`, cause)
  }
  const policy = readPolicy(text)
  if ('why' in policy) throw unusable(`${file}, ${policy.why}.`)
  return policy.witnesses.length === 0 ? {} : { policy, text }
}

const unusable = (message: string, cause?: unknown) =>
  new Fault('audit.bad-policy', message, {
    remedy: 'Write it as docs/guides/audit.md shows: witness lines, then one quorum line.',
    retry: false,
    cause,
  })

/** What the rooms' routes are handed to make bundles with, beside the log. */
export const evidenceNeeds = (
  { needs }: Audit,
  at: { readonly registry: Registry; readonly signer: Signer; readonly dataDir: string },
): AuditNeeds & BundleNeeds => ({
  ...needs,
  releaseKeys: publicKeys(join(at.dataDir, 'keys'), at.signer.keyId),
  attestationsOf: attestationsIn(at.registry),
})

/** What was attested of an artifact, while the registry still has it. */
const attestationsIn =
  (registry: Registry): AttestationsOf =>
  async (artifact) => {
    const found = await registry.referrers(artifact, BUNDLE_TYPE).catch((error: unknown) => {
      if (error instanceof Fault) return []
      throw error
    })
    return found.map(({ body }) => Buffer.from(body).toString())
  }
