/**
 * Why the server would refuse an act, asked before anybody tries: the same decision as in earnest,
 * in its own words. Empty: it would do it, or does not say.
 */
import { useQuery } from '@tanstack/react-query'
import { refusalOf } from '../api/client.ts'

/** Without a body nothing is asked. */
export function useRefusal(path: string, body: object | undefined): string {
  const { data } = useQuery({
    queryKey: ['may', thingOf(path), path, JSON.stringify(body)],
    queryFn: () => refusalOf(path, body ?? {}),
    enabled: body !== undefined,
  })
  if (body === undefined || data === undefined || data === null) return ''
  return `${data.detail} ${data.remedy}`.trim()
}

/** `/emergencies/emg_1/end` is about an `emergency`: whose changes may change the answer. */
export const thingOf = (path: string): string =>
  (path.split('/')[1] ?? '').replace(/ies$/, 'y').replace(/s$/, '')
