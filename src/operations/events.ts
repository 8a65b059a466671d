/** Facts about harm and what was done about it. */
interface Fact {
  readonly at: number
  readonly by: string
}

export type IncidentEvent =
  | (Fact & {
      readonly type: 'incident.opened'
      readonly incident: string
      readonly service: string
      readonly environment: string
      readonly severity: 1 | 2 | 3 | 4
      readonly title: string
      /** What is known of it, and what can be done, where automation could not go on. */
      readonly advice?: string | undefined
      readonly impactStartedAt: number
      /** The deployment that did it, when it is known from the start. */
      readonly deployment?: string | undefined
    })
  | (Fact & {
      readonly type: 'incident.causeLinked'
      readonly incident: string
      readonly deployment: string
      readonly confirmed: boolean
    })
  | (Fact & {
      /** People are called, until one of them says that they look after it. */
      readonly type: 'incident.paged'
      readonly incident: string
      readonly service: string
      readonly environment: string
      readonly severity: 1 | 2 | 3 | 4
      readonly reason: string
    })
  | (Fact & {
      readonly type: 'incident.acknowledged'
      readonly incident: string
      readonly service: string
      readonly environment: string
      readonly note: string
    })
  | (Fact & {
      readonly type: 'incident.mitigated'
      readonly incident: string
      readonly service: string
      readonly environment: string
      readonly how: string
    })
  | (Fact & {
      readonly type: 'incident.resolved'
      readonly incident: string
      readonly note: string
    })

/** A review of what was done in an emergency; its stream is named as the emergency is. */
export type ReviewEvent =
  | (Fact & {
      readonly type: 'review.opened'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly incident?: string | undefined
      readonly requestedBy: string
      readonly dueAt: number
      /** People other than who asked for the emergency. */
      readonly reviewers: number
    })
  | (Fact & {
      readonly type: 'review.signed'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly note: string
    })
  | (Fact & {
      readonly type: 'review.done'
      readonly emergency: string
      readonly service: string
      readonly environment: string
      readonly reviewers: readonly string[]
    })
