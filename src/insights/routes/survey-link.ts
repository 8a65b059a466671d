/** A link of a survey: which one it is, and a secret of which only the hash is kept. */
import { randomBytes } from 'node:crypto'
import { sha256 } from '#engine/ids.ts'

const LINK = /^(svy_[0-9a-z]{26})\.([A-Za-z0-9_-]{32})$/

export interface Link {
  readonly survey: string
  readonly key: string
}

/** 192 bits: nobody guesses one of a thousand. */
export const newLinkSecret = (): string => randomBytes(24).toString('base64url')

export const keyOf = (secret: string): string => sha256(secret)

/** Undefined: whatever it is, no link of ours looks like it. */
export function linkIn(said: string): Link | undefined {
  const [, survey, secret] = LINK.exec(said) ?? []
  return survey === undefined || secret === undefined ? undefined : { survey, key: keyOf(secret) }
}
