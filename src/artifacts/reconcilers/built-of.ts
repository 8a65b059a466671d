/**
 * Which commits an artifact was built of, as its signed provenance says it: for those who look
 * back, when the bytes were verified long ago. What cannot be trusted says nothing.
 */
import { Fault } from '#kernel/fault.ts'
import { PREDICATE } from '../events.ts'
import type { Registry, Verifier } from '../ports.ts'
import { BUILDER_ID, originOf } from '../provenance.ts'
import { IN_TOTO, readStatement, speaksOf } from '../statement.ts'
import { BUNDLE_TYPE } from './attest.ts'

/** Undefined: the registry has no such artifact any more. */
export async function builtOf(
  { registry, verifier }: { readonly registry: Registry; readonly verifier: Verifier },
  digest: string,
): Promise<readonly string[] | undefined> {
  try {
    const kept = await registry.referrers(digest, BUNDLE_TYPE)
    const found = await Promise.all(
      kept.map(async ({ body }) => {
        const read = await verifier.verify(Buffer.from(body).toString('utf8'))
        if (!read.ok || read.payloadType !== IN_TOTO) return []
        const statement = readStatement(read.payload)
        if (statement === undefined || !speaksOf(statement, digest)) return []
        if (statement.predicateType !== PREDICATE.provenance) return []
        const origin = originOf(statement)
        return origin?.builder === BUILDER_ID && origin.sha !== '' ? [origin.sha] : []
      }),
    )
    return [...new Set(found.flat())]
  } catch (error) {
    if (error instanceof Fault && !error.retry) return undefined
    throw error
  }
}
