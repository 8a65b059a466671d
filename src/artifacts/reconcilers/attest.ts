/** Signs a statement about an artifact and keeps it beside it, where verifiers look for it. */
import type { Registry, Signer } from '../ports.ts'
import { encodeStatement, IN_TOTO, type Statement } from '../statement.ts'

/** What registries and cosign call it; the same name finds it there. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

export async function attest(
  { registry, signer }: { readonly registry: Registry; readonly signer: Signer },
  digest: string,
  statement: Statement,
  elsewhereBytes?: number,
) {
  const bundle = await signer.sign(IN_TOTO, encodeStatement(statement))
  const attached = await registry.attach({
    subject: digest,
    elsewhereBytes,
    artifactType: BUNDLE_TYPE,
    body: Buffer.from(bundle),
    annotations: { 'dev.sigstore.bundle.predicateType': statement.predicateType },
  })
  return { attestation: attached.digest, keyId: signer.keyId }
}
