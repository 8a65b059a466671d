/**
 * The people of the story: registered, each with a token of their own, and saying yes when asked.
 */
import type { Api } from '#cli/api.ts'
import type { Promotion } from '#cli/answers.ts'
import type { DemoServer } from './server.ts'
import { PEOPLE, type Person } from './world.ts'

export type Team = Readonly<Record<keyof typeof PEOPLE, Api>>

export async function registerPeople(server: DemoServer): Promise<Team> {
  const entries = await Promise.all(
    Object.entries(PEOPLE).map(async ([name, person]) => [name, await register(server, person)]),
  )
  return Object.fromEntries(entries) as Team
}

async function register(server: DemoServer, person: Person): Promise<Api> {
  const { id, name, email, teams, roles } = person
  await server.admin.put(`/actors/${id}`, { kind: 'person', name, emails: [email], teams, roles })
  const { secret } = await server.admin.post<{ secret: string }>(`/actors/${id}/tokens`, {
    days: 1,
  })
  return server.as(secret)
}

/**
 * Approves the service's promotion into production when all it waits for are people, as Ana and Ben
 * would after reading what changed. A refusal (not theirs to approve) is left at that.
 */
export async function approveWaiting(
  { ana, ben }: Team,
  service: string,
  onApproved: (line: string) => void,
): Promise<void> {
  const query = { open: true, environment: 'prod', service }
  for (const { id, version } of await ana.get<Promotion[]>('/promotions', query))
    for (const [name, api] of [
      ['Ana', ana],
      ['Ben', ben],
    ] as const) {
      if (!(await waitsForPeople(ana, id))) break
      await api
        .post(`/promotions/${id}/approve`, { note: 'Read the changelog, looks good.' })
        .then(() => onApproved(`${name} approves ${service} ${version} for prod`))
        .catch(() => {})
    }
}

async function waitsForPeople(api: Api, id: string): Promise<boolean> {
  const { status, verdict } = await api.get<Promotion>(`/promotions/${id}`)
  const unmet = verdict?.reasons.filter(({ state }) => state !== 'met') ?? []
  return status === 'waiting' && unmet.some(({ code }) => code.startsWith('approval.'))
}
