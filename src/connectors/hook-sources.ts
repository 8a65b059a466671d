/** What each kind of connection makes of a delivery: how it is signed, named and read. */
import { z } from 'zod'
import type { HeadersSaid, Hear, HookSource } from '#insights/ports.ts'
import { hearCdevents } from './cdevents/webhook.ts'
import { githubEvent, hearGithub } from './github/webhook.ts'
import { gitlabEvent, hearGitlab } from './gitlab/webhook.ts'
import { hearPagerduty } from './pagerduty/webhook.ts'
import { nothing, readingOf } from './shared/hearing.ts'
import {
  genericHmac,
  SCHEMES,
  type Scheme,
  type SchemeName,
  signatureProblem,
} from './shared/signatures.ts'

type Words = NonNullable<Parameters<typeof readingOf>[0]>

export interface HookSettings extends Words {
  readonly name: string
  readonly kind: 'github' | 'gitlab' | 'pagerduty' | 'cdevents' | 'generic'
  /** Those that are valid now. Throws a Fault when there is none. */
  secrets(): readonly string[]
  readonly signature?: SchemeName | Parameters<typeof genericHmac>[0] | undefined
  /** Headers of a tool that has no row here. */
  readonly delivery?: string | undefined
  readonly event?: string | undefined
}

interface Kind {
  /** Which of the secrets are for which way of signing. */
  schemes(settings: HookSettings): readonly (readonly [Scheme, (secret: string) => boolean])[]
  readonly deliveryHeaders: readonly string[]
  eventOf(headers: HeadersSaid, payload: unknown, settings: HookSettings): string
  hear(settings: HookSettings): Hear
}

const any = () => true
const isSigningToken = (secret: string) => secret.startsWith('whsec_')
const typed = z.object({ type: z.string() })
const eventType = (_: HeadersSaid, payload: unknown) => {
  const parsed = typed.safeParse(payload)
  return parsed.success ? parsed.data.type : 'unknown'
}

const KINDS: Readonly<Record<HookSettings['kind'], Kind>> = {
  github: {
    schemes: () => [[SCHEMES.github, any]],
    deliveryHeaders: ['x-github-delivery'],
    eventOf: githubEvent,
    hear: (settings) => hearGithub(readingOf(settings)),
  },
  gitlab: {
    // A signing token never travels, so whoever sends it as a plain one has it from elsewhere.
    schemes: () => [
      [SCHEMES.standard, isSigningToken],
      [SCHEMES['gitlab-token'], (secret) => !isSigningToken(secret)],
    ],
    deliveryHeaders: ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'],
    eventOf: gitlabEvent,
    hear: (settings) => hearGitlab(readingOf(settings)),
  },
  pagerduty: {
    schemes: () => [[SCHEMES.pagerduty, any]],
    deliveryHeaders: ['x-webhook-id'],
    eventOf(_, payload) {
      const parsed = z.object({ event: z.object({ event_type: z.string() }) }).safeParse(payload)
      return parsed.success ? parsed.data.event.event_type : 'unknown'
    },
    hear: (settings) => hearPagerduty(readingOf(settings)),
  },
  cdevents: {
    schemes: ({ signature }) => [[schemeOf(signature), any]],
    deliveryHeaders: ['webhook-id', 'ce-id'],
    eventOf: (headers, payload) => headers['ce-type'] ?? eventType(headers, payload),
    hear: (settings) => hearCdevents(readingOf(settings)),
  },
  generic: {
    schemes: ({ signature }) => [[schemeOf(signature), any]],
    deliveryHeaders: [
      'webhook-id',
      'x-request-uuid',
      'x-atlassian-webhook-identifier',
      'x-request-id',
    ],
    eventOf: (headers, payload, { event }) =>
      (event === undefined ? undefined : headers[event]) ??
      headers['x-event-key'] ??
      headers['x-buildkite-event'] ??
      eventType(headers, payload),
    hear: () => () => nothing('unmapped'),
  },
}

const schemeOf = (signature: HookSettings['signature'] = 'standard'): Scheme =>
  typeof signature === 'string' ? SCHEMES[signature] : genericHmac(signature)

export function hookSource(settings: HookSettings): HookSource {
  const { name, kind } = settings
  const { schemes, deliveryHeaders, eventOf, hear } = KINDS[kind]
  const ways = schemes(settings)
  const named = settings.delivery === undefined ? deliveryHeaders : [settings.delivery]
  return {
    name,
    kind,
    problemOf(signed, now) {
      const secrets = settings.secrets()
      const problems = ways.map(([scheme, isFor]) =>
        signatureProblem(scheme, secrets.filter(isFor), signed, now),
      )
      if (problems.includes(undefined)) return undefined
      return problems.find((problem) => problem !== 'unsigned') ?? 'unsigned'
    },
    deliveryOf: (headers) =>
      named.map((header) => headers[header]).find((each) => each !== undefined),
    eventOf: (headers, payload) => eventOf(headers, payload, settings),
    hear: hear(settings),
  }
}
