/** Flags as an outsider knows them: folded from the recorded events alone. */
import type { FlagEvent } from '#rollouts/events/flags.ts'

type Planned = FlagEvent & { readonly type: 'flag.planned' }

export interface FlagPlace {
  readonly flag: string
  readonly service: string
  readonly environment: string
  waiting?: Planned | undefined
  /** By person, of what waits: the plan they signed. */
  approvals: Map<string, string>
  ramp?: { readonly change: string; readonly steps: number; readonly everyMs: number } | undefined
  step: number
  /** When it was changed or stepped last, on record. */
  movedAt: number
  isKilled: boolean
}

export class FlagBooks {
  /** By `<environment>/<flag>`. */
  readonly places = new Map<string, FlagPlace>()
  readonly defined = new Map<string, string>()

  at(flag: string, environment: string): FlagPlace | undefined {
    return this.places.get(`${environment}/${flag}`)
  }

  fold(event: FlagEvent, recordedAt: number): void {
    if (event.type === 'flag.defined') {
      this.defined.set(event.flag, event.spec.service)
      return
    }
    const { flag, service, environment } = event
    const known = this.at(flag, environment)
    const approvals = new Map<string, string>()
    const never = { step: 0, movedAt: 0, isKilled: false, approvals }
    const place: FlagPlace = known ?? { flag, service, environment, ...never }
    this.places.set(`${environment}/${flag}`, place)
    switch (event.type) {
      case 'flag.planned':
        Object.assign(place, { waiting: event, approvals })
        return
      case 'flag.approved':
        place.approvals.set(event.by, event.planHash)
        return
      case 'flag.dropped':
        place.waiting = undefined
        return
      case 'flag.changed': {
        const { ramp, change } = event
        const goesOn = ramp && { change, steps: ramp.steps.length, everyMs: ramp.everyMs }
        const anew = { waiting: undefined, ramp: goesOn, step: 0, isKilled: false }
        Object.assign(place, { ...anew, movedAt: recordedAt })
        return
      }
      case 'flag.stepped':
        Object.assign(place, { step: event.step, movedAt: recordedAt })
        if (event.step + 1 >= (place.ramp?.steps ?? 0)) place.ramp = undefined
        return
      case 'flag.killed':
        Object.assign(place, { isKilled: true, ramp: undefined })
    }
  }
}
