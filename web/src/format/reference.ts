/** By what a fact is known: its source, and its id there. Our own name a stream and a version. */
export interface OwnEvent {
  readonly thing: string
  readonly version: string
}

/** Undefined: somebody else told it, and nothing here leads to it. */
export function ownEvent(reference: string): OwnEvent | undefined {
  const [, thing, version] = /^signalbox:([^@]+)@(\d+)/.exec(reference) ?? []
  return thing === undefined || version === undefined ? undefined : { thing, version }
}
