/** Which answers a change makes stale: by the kind of thing, and by the one thing. */
export interface Change {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly type: string
  readonly at: number
  readonly event?: unknown
}

/** Answers by the kinds of streams they are made of; `promotion` are the verdicts of them all. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  service: ['services', 'calendar', 'changes'],
  environment: ['environments', 'calendar'],
  repository: [],
  run: ['runs', 'changes'],
  artifact: ['artifacts'],
  release: ['releases', 'explain', 'changes'],
  promotion: ['promotions', 'explain', 'changes'],
  deployment: ['deployments', 'slots', 'changes'],
  slot: ['slots', 'explain', 'promotion', 'changes'],
  incident: ['incidents', 'changes'],
  freeze: ['calendar', 'explain', 'promotion', 'changes'],
  window: ['calendar', 'explain', 'promotion', 'changes'],
  waiver: ['waivers', 'explain', 'promotion', 'changes'],
  policy: ['policies', 'explain', 'promotion', 'changes'],
}

export function keysFor(change: Change): readonly (readonly string[])[] {
  // A tick a second of every rollout moves no list; its own page follows it directly.
  if (change.type === 'deployment.measured') return [['deployment', change.id]]
  const lists = (LISTS[change.kind] ?? []).map((list) => [list])
  return [...lists, [change.kind, change.id]]
}
