/** The services around one: what it needs, itself, and who needs it. */
import type { Service } from '../../api/types.ts'

export interface Neighbour {
  readonly name: string
  readonly needs: readonly string[]
  readonly isKnown: boolean
}

type Known = Pick<Service, 'name' | 'dependsOn'>

export function neighbours(of: Known, services: readonly Known[]): readonly Neighbour[] {
  const isKnown = (name: string) => services.some((each) => each.name === name)
  const needed = of.dependsOn
    .filter((name) => name !== of.name)
    .map((name) => ({ name, needs: [], isKnown: isKnown(name) }))
  // Who needs each other is drawn once, as what is needed.
  const needing = services
    .filter(({ name, dependsOn }) => dependsOn.includes(of.name) && !of.dependsOn.includes(name))
    .filter(({ name }) => name !== of.name)
    .map(({ name }) => ({ name, needs: [of.name], isKnown: true }))
  const needs = needed.map(({ name }) => name)
  return [...needed, { name: of.name, needs, isKnown: true }, ...needing]
}
