/** What gates need of the outside. */
import type { DsseEnvelope } from '#kernel/record.ts'

/** Ed25519 over DSSE; there is nothing to configure and nothing to reach. */
export interface RecordKeys {
  /** The key's name, `sha256:…` of its SPKI; undefined when the text is no Ed25519 key. */
  nameOf(key: string): string | undefined
  /** The signed bytes with their digest, or in half a sentence why they cannot be trusted. */
  verify(
    envelope: DsseEnvelope,
    key: string,
  ): { readonly ok: true } | { readonly ok: false; readonly why: string }
  /**
   * What an envelope says, whoever signed it. Undefined when it is not one text for one meaning:
   * canonical JSON in strict base64.
   */
  open(envelope: DsseEnvelope): { readonly digest: string; readonly content: unknown } | undefined
}
