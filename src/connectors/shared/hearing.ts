/**
 * What every mapper of deliveries needs: which service a repository is, what an environment is for,
 * and instants as tools write them. All of it reads other people's text, and decides nothing by it
 * beyond what the operator's file says.
 */
import { globMatcher } from '#kernel/glob.ts'
import type { DeploymentOf, Heard, Observation } from '#insights/ports.ts'

/** What the operator says of a connection's words. */
export interface ReadingSettings {
  /** Services by repository, as `acme/checkout`; any other is called as its repository is. */
  readonly services: Readonly<Record<string, string>>
  /** Globs of environments that users meet, where the tool itself does not say. */
  readonly production: readonly string[]
  /** Globs of labels that make an issue an incident. */
  readonly incidentLabels: readonly string[]
  /** Globs of labels of tickets that are about releasing itself: what figure K17 counts. */
  readonly supportLabels: readonly string[]
}

type Said = { readonly [K in keyof ReadingSettings]?: ReadingSettings[K] | undefined }

const READING: ReadingSettings = {
  services: {},
  production: ['prod', 'production', 'prod-*', 'production-*', 'live'],
  incidentLabels: ['incident', 'outage', 'incident:*', 'incident::*'],
  supportLabels: ['release-platform', 'release-platform:*', 'release-platform::*'],
}

export interface Reading {
  serviceOf(fullName: string): string
  isProduction(environment: string): boolean
  isIncident(labels: readonly string[]): boolean
  isSupport(labels: readonly string[]): boolean
}

/** What is left out is as everybody calls it. */
export function readingOf(said: Said = {}): Reading {
  const settings = { ...READING, ...told(said) } as ReadingSettings
  const services = new Map(
    Object.entries(settings.services).map(([name, service]) => [name.toLowerCase(), service]),
  )
  const lower = (globs: readonly string[]) => globMatcher(globs.map((glob) => glob.toLowerCase()))
  const isProduction = lower(settings.production)
  const among = (globs: readonly string[]) => {
    const matches = lower(globs)
    return (labels: readonly string[]) => labels.some((label) => matches(label.toLowerCase()))
  }
  return {
    serviceOf(fullName) {
      const name = fullName.toLowerCase()
      return text(services.get(name) ?? name.slice(name.lastIndexOf('/') + 1))
    },
    isProduction: (environment) => isProduction(environment.toLowerCase()),
    isIncident: among(settings.incidentLabels),
    isSupport: among(settings.supportLabels),
  }
}

/** No service, branch or person has a longer name; what is longer is cut, and stays text. */
const TEXT_LENGTH_MAX = 300

export const text = (said: string, max = TEXT_LENGTH_MAX) => said.slice(0, max).toWellFormed()

/** Keys whose value is undefined are left out. */
export function told<T extends object>(facts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

type EnvironmentKind = NonNullable<DeploymentOf['environmentKind']>

/** By what the tool says of it, then by the operator's globs, then by what everybody calls them. */
export function environmentKind(
  { isProduction }: Reading,
  name: string,
  said?: { readonly isProduction?: boolean | undefined; readonly tier?: string | undefined },
): EnvironmentKind {
  const lower = name.toLowerCase()
  if (said?.tier !== undefined) {
    const tier = TIERS[said.tier]
    if (tier !== undefined) return tier
  }
  if (said?.isProduction === true || isProduction(lower)) return 'production'
  if (/stag|preprod|pre-prod|uat/.test(lower)) return 'staging'
  return /test|qa|preview|review|pr-/.test(lower) ? 'test' : 'development'
}

/** GitLab's words. */
const TIERS: Readonly<Record<string, EnvironmentKind>> = {
  production: 'production',
  staging: 'staging',
  testing: 'test',
  development: 'development',
}

/** `sev1`, `severity: 2`, `P0`, `priority::1`: the first that says so. */
export function severityOf(labels: readonly string[]): number | undefined {
  for (const label of labels) {
    const [, digit] = /^(?:sev|severity|p|priority)[\s:/-]*([0-5])$/i.exec(label.trim()) ?? []
    if (digit !== undefined) return Number(digit)
  }
  return undefined
}

/** The years that a calendar of software has; what lies outside is a mistake. */
const EARLIEST = Date.UTC(1970, 0, 2)
const LATEST = Date.UTC(2200, 0, 1)

/** RFC 3339, GitLab's `2024-01-31 09:00:00 UTC`, or seconds. Undefined: it says no instant. */
export function instant(said: string | number | null | undefined): number | undefined {
  if (said === null || said === undefined || said === '') return undefined
  const at = typeof said === 'number' ? 1000 * said : Date.parse(said.replace(/ UTC$/, 'Z'))
  return Number.isFinite(at) && at >= EARLIEST && at < LATEST ? Math.round(at) : undefined
}

export interface Times {
  /** The first that the tool said; else when it came, and a note says so. */
  readonly at: (...said: readonly (string | number | null | undefined)[]) => number
  readonly notes: readonly string[]
}

export const NO_TIME = 'without a time of its own: when it came is counted'

export function timesFrom(receivedAt: number): Times {
  const notes: string[] = []
  return {
    notes,
    at(...said) {
      for (const each of said) {
        const at = instant(each)
        if (at !== undefined) return at
      }
      notes.push(NO_TIME)
      return receivedAt
    },
  }
}

const SHA = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

/** Undefined: no commit, such as the zeros that stand for a branch that was not there. */
export function sha(said: string | null | undefined): string | undefined {
  return typeof said === 'string' && SHA.test(said) && !/^0+$/.test(said) ? said : undefined
}

export const nothing = (note: string): Heard => ({ observations: [], notes: [note] })
export const one = (observation: Observation, notes: readonly string[] = []): Heard => ({
  observations: [observation],
  notes,
})
