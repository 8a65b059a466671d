/** What runs against what was deployed: everything that runs must be some deployment's. */
import type { Untraced } from '../events/snapshots.ts'

export interface Running {
  readonly group: string
  readonly version: string
  readonly artifact: string
  readonly weight: number
  readonly instances: number
  readonly isIntact: boolean | null
}

export interface Deployment {
  readonly service: string
  readonly environment: string
  readonly version: string
  /** Of the files it was to run, as far as that is known. */
  readonly layer?: string | undefined
}

/** A group without instances runs nothing: it is on its way out, or was never up. */
export function untracedIn(
  slot: { readonly service: string; readonly environment: string },
  running: readonly Running[],
  deployments: ReadonlyMap<string, Deployment>,
): readonly Untraced[] {
  return running
    .filter(({ instances, weight }) => instances > 0 || weight > 0)
    .flatMap((thing) => {
      const why = whyUntraced(slot, thing, deployments.get(thing.group))
      const { group, version, artifact, weight } = thing
      return why === undefined ? [] : [{ group, version, artifact, weight, ...why }]
    })
    .toSorted((a, b) => (a.group < b.group ? -1 : 1))
}

function whyUntraced(
  slot: { readonly service: string; readonly environment: string },
  { group, artifact, isIntact }: Running,
  deployed: Deployment | undefined,
): Pick<Untraced, 'why' | 'message'> | undefined {
  if (deployed === undefined)
    return { why: 'no-deployment', message: `Nobody deployed ${group}: there is no record of it.` }
  if (deployed.service !== slot.service || deployed.environment !== slot.environment) {
    const place = `${deployed.service} in ${deployed.environment}`
    return { why: 'other-slot', message: `${group} was deployed as ${place}, not here.` }
  }
  if (deployed.layer !== undefined && deployed.layer !== artifact) {
    const [is, was] = [artifact.slice(0, 19), deployed.layer.slice(0, 19)]
    return { why: 'other-artifact', message: `${group} runs ${is}, and ${was} was deployed.` }
  }
  if (isIntact === false)
    return { why: 'changed-files', message: `Files that ${group} runs were changed afterwards.` }
  return undefined
}
