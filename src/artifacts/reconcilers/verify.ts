/**
 * Verification before use: the artifact's bytes against its digest, every signature against the
 * trusted keys, every statement against what is about to be deployed. Asked anew each time, since a
 * registry that was right yesterday may have been tampered with since.
 */
import { Fault } from '#kernel/fault.ts'
import { BUILT } from '../events.ts'
import type { Registry, Verifier } from '../ports.ts'
import { judgeAttestations } from '../verification.ts'
import { BUNDLE_TYPE } from './attest.ts'

export interface Expected {
  readonly service: string
  readonly repository: string
  readonly sha: string
}

export type Verified =
  | { readonly ok: true; readonly path: string; readonly digest: string }
  | {
      readonly ok: false
      readonly code: string
      readonly message: string
      readonly remedy: string
    }

export async function verifyArtifact(
  { registry, verifier }: { readonly registry: Registry; readonly verifier: Verifier },
  digest: string,
  expected: Expected,
): Promise<Verified> {
  try {
    const { layer } = await registry.pull(digest)
    const bundles = await registry.referrers(digest, BUNDLE_TYPE)
    const statements = await Promise.all(
      bundles.map(({ body }) => verifier.verify(Buffer.from(body).toString('utf8'))),
    )
    const judgement = judgeAttestations({ digest, ...expected, statements }, { required: BUILT })
    if (judgement.ok) return { ok: true, path: layer.path, digest: layer.digest }
    const [first] = judgement.problems
    const message = judgement.problems.map((problem) => problem.message).join(' ')
    return { ok: false, code: first?.code ?? '', message, remedy: first?.remedy ?? '' }
  } catch (error) {
    // What the registry itself refuses is an answer; a registry that is away is not.
    if (!(error instanceof Fault) || error.retry) throw error
    return { ok: false, code: error.code, message: error.message, remedy: error.remedy }
  }
}
