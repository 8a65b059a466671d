/** A blob that is JSON, of moderate size. */
import { buffer } from 'node:stream/consumers'
import type { BlobStore } from '../ports.ts'
import { MANIFEST_BYTES_MAX } from '../protocol/outputs.ts'

/** Undefined when it is missing, damaged, too large, or no JSON. */
export async function blobDocument(blobs: BlobStore, digest: string): Promise<unknown> {
  try {
    const { body, sizeBytes } = await blobs.get(digest)
    if (sizeBytes <= MANIFEST_BYTES_MAX) return JSON.parse(String(await buffer(body)))
    body.resume()
  } catch {
    // As good as not there.
  }
  return undefined
}
