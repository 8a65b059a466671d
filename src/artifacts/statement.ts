/**
 * The in-toto Statement: what an attestation says, and about which artifact. Signed it is evidence,
 * unsigned it is only text, so nothing here trusts what it reads.
 */
import { z } from 'zod'

/** The DSSE payload type of a statement. */
export const IN_TOTO = 'application/vnd.in-toto+json'
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'

const statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z
    .array(z.object({ name: z.string().max(500), digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(100),
  predicateType: z.string().min(1).max(500),
  predicate: z.record(z.string(), z.unknown()),
})
export type Statement = z.infer<typeof statement>

/** An artifact as a statement speaks of it; the digest is `sha256:…`. */
export interface Subject {
  readonly name: string
  readonly digest: string
}

export function makeStatement(
  { name, digest }: Subject,
  predicateType: string,
  predicate: Readonly<Record<string, unknown>>,
): Statement {
  const [algorithm = '', hex = ''] = digest.split(':')
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { [algorithm]: hex } }],
    predicateType,
    predicate: { ...predicate },
  }
}

/** The bytes to sign. */
export function encodeStatement(what: Statement): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(what))
}

/** The statement in signed bytes; undefined when there is none. */
export function readStatement(payload: Uint8Array): Statement | undefined {
  try {
    // Strict: two readers must not see two texts in the same bytes.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload)
    return statement.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/**
 * Whether the statement is about the artifact of that digest. Names are labels and prove nothing.
 */
export function speaksOf(what: Statement, digest: string): boolean {
  return what.subject.some((subject) => `sha256:${subject.digest['sha256']}` === digest)
}
