/** Questions of the rooms of governance, of incidents and of release notes. */
import { queryOptions } from '@tanstack/react-query'
import { get } from './client.ts'
import type {
  Connection,
  GateRecord,
  Incident,
  IncidentDetail,
  Notes,
  RecorderFacts,
  Runbook,
  Settings,
} from './governance.ts'

const asked = <T>(queryKey: readonly string[], path: string) =>
  queryOptions({ queryKey, queryFn: () => get<T>(path) })
const query = (facts: Readonly<Record<string, string>>) => `?${new URLSearchParams(facts)}`
const part = encodeURIComponent

export const runbooksQuery = () => asked<Runbook[]>(['releases', 'runbooks'], '/runbooks')
export const recordersQuery = () => asked<RecorderFacts[]>(['recorders'], '/recorders')
export const recordsQuery = (by: Readonly<Record<string, string>>, limit: number) =>
  asked<GateRecord[]>(
    ['records', JSON.stringify(by), `${limit}`],
    `/records${query({ ...by, limit: `${limit}` })}`,
  )
/** By itself now and then: what is delivered is no event that anybody hears. */
export const connectionsQuery = () => ({
  ...asked<Connection[]>(['connections'], '/connections'),
  refetchInterval: 30_000,
})
export const settingsQuery = () => ({ ...asked<Settings>(['settings'], '/settings'), retry: false })
export const allIncidentsQuery = (by: Readonly<Record<string, string>>, limit: number) =>
  asked<Incident[]>(
    ['incidents', JSON.stringify(by), `${limit}`],
    `/incidents${query({ ...by, limit: `${limit}` })}`,
  )
export const incidentQuery = (id: string) =>
  asked<IncidentDetail>(['incident', id], `/incidents/${part(id)}`)
export const notesQuery = (release: string) =>
  asked<Notes>(['release', release, 'notes'], `/releases/${part(release)}/notes`)
