/** Names that somebody gave, held against the catalog: a misspelt one would cover nothing. */
import { environmentNamed, environments, serviceNamed, services } from '#catalog/queries.ts'
import type { RouteContext } from '#engine/routing.ts'
import { EVERYWHERE } from '../release.ts'

/** The first name that the catalog does not know, with those it does. */
export async function unknownName(
  { engine: { reads } }: RouteContext,
  wantedEnvironments: readonly string[],
  wantedServices: readonly string[],
) {
  for (const name of wantedEnvironments)
    if (name !== EVERYWHERE && (await environmentNamed(reads, name)) === undefined)
      return { what: 'environment', name, known: namesOf(await environments(reads)) }
  for (const name of wantedServices)
    if (name !== EVERYWHERE && (await serviceNamed(reads, name)) === undefined)
      return { what: 'service', name, known: namesOf(await services(reads)) }
  return undefined
}

const namesOf = (specs: readonly { readonly name: string }[]) => specs.map(({ name }) => name)
