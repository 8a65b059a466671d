/** Who is signed in. */
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '../api/queries.ts'
import type { Me } from '../api/types.ts'

export function useMe(): Me | undefined {
  return useQuery(meQuery()).data
}
