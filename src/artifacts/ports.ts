/**
 * What the rooms need of an artifact registry and of a signing key. The language is OCI: an
 * artifact is a manifest named by digest, attestations are its referrers. Filled by
 * connectors/oci-layout and connectors/local-key.
 */
export interface Registry {
  /**
   * Writes an OCI image manifest around one tarball layer (already a local file), with annotations.
   * The same input gives the same digest. `sha256:…`.
   */
  push(artifact: {
    readonly name: string
    readonly layer: { readonly digest: string; readonly path: string; readonly sizeBytes: number }
    readonly annotations: Readonly<Record<string, string>>
  }): Promise<{ readonly digest: string }>
  /** Attaches bytes as a referrer of the artifact; returns the referrer's manifest digest. */
  attach(attachment: {
    readonly subject: string
    /** Its size, when it lies elsewhere: referrers may come before, and without, their subject. */
    readonly elsewhereBytes?: number | undefined
    readonly artifactType: string
    readonly body: Uint8Array
    readonly annotations: Readonly<Record<string, string>>
  }): Promise<{ readonly digest: string }>
  referrers(
    subject: string,
    artifactType: string,
  ): Promise<readonly { readonly digest: string; readonly body: Uint8Array }[]>
  /**
   * Manifest and layer, every digest recomputed from the bytes; the layer's local path.
   * Throws Fault `registry.missing`, `registry.tampered`.
   */
  pull(digest: string): Promise<{
    readonly layer: { readonly digest: string; readonly path: string; readonly sizeBytes: number }
    readonly annotations: Readonly<Record<string, string>>
  }>
  tag(digest: string, name: string): Promise<void>
  /**
   * Removes artifacts with their referrers, and of their blobs those that nothing else names. What
   * is not there is no mistake, so a removal that was interrupted is simply asked for again.
   */
  remove(digests: readonly string[]): Promise<void>
}

export interface Signer {
  /** `sha256:` of the public key's SPKI. */
  readonly keyId: string
  /** Signs the DSSE envelope of the payload; a sigstore bundle v0.3 as JSON text. */
  sign(payloadType: string, payload: Uint8Array): Promise<string>
}

export interface Verifier {
  /** The statement inside, or why it cannot be trusted. */
  verify(bundle: string): Promise<
    | {
        readonly ok: true
        readonly keyId: string
        readonly payloadType: string
        readonly payload: Uint8Array
      }
    | { readonly ok: false; readonly why: string }
  >
}
