/** Which answers a change makes stale: by the kind of thing, and by the one thing. */
export interface Change {
  readonly kind: string
  readonly id: string
  readonly version: number
  readonly type: string
  readonly at: number
  readonly event?: unknown
}

/**
 * Answers by the kinds of streams they are made of; `promotion` are the verdicts of them all,
 * `deployment` is whether each may take its next step, `plan` what the items of each wait for, and
 * `forecast` who would board a train now.
 */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  service: ['services', 'templates', 'calendar', 'trains', 'forecast', 'changes'],
  environment: ['environments', 'calendar'],
  repository: [],
  run: ['runs', 'fleet', 'changes'],
  runner: ['fleet'],
  case: ['flaky', 'changes'],
  proposal: ['templates'],
  flag: ['flags', 'changes'],
  artifact: ['artifacts'],
  release: ['releases', 'explain', 'forecast', 'changes'],
  promotion: ['promotions', 'explain', 'plan', 'forecast', 'changes'],
  deployment: ['deployments', 'slots', 'plan', 'forecast', 'changes'],
  slot: ['slots', 'explain', 'promotion', 'flag', 'deployment', 'forecast', 'changes'],
  incident: ['incidents', 'changes'],
  emergency: ['emergencies', 'reviews', 'explain', 'promotion', 'incidents', 'forecast', 'changes'],
  review: ['emergencies', 'emergency', 'reviews', 'changes'],
  freeze: ['calendar', 'explain', 'promotion', 'flag', 'deployment', 'forecast', 'changes'],
  window: ['calendar', 'explain', 'promotion', 'flag', 'deployment', 'forecast', 'changes'],
  waiver: ['waivers', 'explain', 'promotion', 'forecast', 'changes'],
  record: ['records'],
  recorder: ['recorders'],
  plan: ['plans'],
  train: ['trains', 'forecast'],
  actor: ['actors'],
  snapshot: ['snapshots', 'evidence'],
  accessReview: ['accessReviews', 'evidence'],
  legalHold: ['artifacts'],
  policy: ['policies', 'explain', 'promotion', 'flag', 'forecast', 'changes'],
}

export function keysFor(change: Change): readonly (readonly string[])[] {
  // A tick a second of every rollout moves no list; its own page follows it directly.
  if (change.type === 'deployment.measured') return [['deployment', change.id]]
  const lists = (LISTS[change.kind] ?? []).map((list) => [list])
  return [...lists, [change.kind, change.id], ...mayOf(change.kind)]
}

/** What a button asked beforehand: whether it may. A review waits for the end of its emergency. */
const mayOf = (kind: string): readonly (readonly string[])[] =>
  kind === 'emergency'
    ? [
        ['may', kind],
        ['may', 'review'],
      ]
    : [['may', kind]]
