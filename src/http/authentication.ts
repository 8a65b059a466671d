/**
 * Who is asking: a bearer token (command line, runners, machines) or the same in a cookie (the web
 * page, after the one-time link). Only the token's hash is known here. A cookie travels by itself,
 * so with one a changing request must also come from our own page.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { actors } from '#access/actor.ts'
import type { ActorCommand } from '#access/commands.ts'
import { actorOfToken } from '#access/queries.ts'
import { type Reporter, reporterOf } from '#pipelines/queries/reporters.ts'
import { type Engine, wish } from '#engine/engine.ts'
import { newId, newSecret, sha256 } from '#engine/ids.ts'
import { type Actor, type Role, SYSTEM } from '#kernel/actor.ts'
import { reject } from '#kernel/decider.ts'
import { problem, send } from './problem.ts'
import { rememberActors } from './remembered-actors.ts'

export const COOKIE = 'signalbox'
const SESSION_DAYS = 30
const DAY_MS = 24 * 60 * 60 * 1000

declare module 'fastify' {
  interface FastifyRequest {
    actor?: Actor
  }
}

export interface Authentication {
  readonly engine: Engine
  /** With --dev: who everybody on this machine is. */
  readonly local: Actor | undefined
  /** People come by https, whatever the proxy before us speaks to us: no cookie without it. */
  readonly isHttps: boolean
  now(): number
  /** Told of every request that was let in, and of the role that it takes to read. */
  noteUse?: ((actor: Actor, needed: Role) => void) | undefined
}

export function authenticate(app: FastifyInstance, at: Authentication): void {
  const remembered = rememberActors((hash) => actorOfToken(at.engine.reads, hash, at.now()), at.now)
  app.addHook('onRequest', async (request, reply) => {
    // The route's own address: the request's may be spelt `/%61pi/` and lead to the same route.
    const address = request.routeOptions.url ?? request.url
    const { open, ofrep, calendar, reports, known, nameless } = request.routeOptions.config
    const isOurs = address.startsWith('/api/') || address.startsWith('/log/')
    const isOutside = ofrep !== true && known !== true && nameless !== true
    if (isOutside && (!isOurs || open === true)) return
    const ticket = calendar === true ? calendarSecret(request) : undefined
    if (ticket !== undefined) {
      const reader = await actorOfToken(at.engine.reads, sha256(ticket), at.now(), 'calendar')
      if (reader === undefined) return send(reply, NO_SUBSCRIPTION)
      request.actor = reader
      return
    }
    if (reports === true) {
      const reporter = await reporterWith(at, credentialsOf(request))
      if (reporter === undefined) return send(reply, NO_REPORTER)
      request.reporter = reporter
      request.actor = reporter.actor
      return
    }
    const { secret, byCookie } = credentialsOf(request)
    const actor =
      secret === undefined
        ? at.local
        : ofrep === true
          ? await remembered(sha256(secret))
          : await actorOfToken(at.engine.reads, sha256(secret), at.now())
    if (actor === undefined && nameless === true && secret === undefined) return
    if (actor === undefined) return send(reply, UNAUTHENTICATED)
    if (byCookie && !isOwnPage(request)) return send(reply, OTHER_ORIGIN)
    if (!isOnOwnSide(actor, address)) return send(reply, OTHER_SIDE)
    request.actor = actor
    at.noteUse?.(actor, actor.roles.includes('runner') ? 'runner' : 'viewer')
  })
  app.get('/login', async (request, reply) => signIn(at, request, reply))
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without knowing who asks. */
    open?: boolean
    /** Asks who it is though it stands outside /api, where another protocol looks for it. */
    known?: boolean
    /** Answers those whom it does not know too, and then names nobody's services. */
    nameless?: boolean
    /** Answers by OFREP: from memory, who asks included, though the database be away. */
    ofrep?: boolean
    /** Answers to the secret of a subscription as well, which stands in the address. */
    calendar?: boolean
  }
}

const UNAUTHENTICATED = problem(
  'access.unauthenticated',
  401,
  'Nobody is signed in, or the token has ended.',
  'Open the sign-in link that the server printed, or set SIGNALBOX_TOKEN.',
)
const NO_REPORTER = problem(
  'access.unauthenticated',
  401,
  'This token reports on no run, or has ended.',
  'Exchange a token of the CI system, or issue one with `actor token --use report`.',
)
const NO_SUBSCRIPTION = problem(
  'access.unauthenticated',
  401,
  'This subscription has ended, or was taken back.',
  'Make a new one: `signalbox calendar subscribe`.',
)
const OTHER_ORIGIN = problem(
  'access.other-origin',
  403,
  'This request came from another page than ours.',
  'Use the page of this server, or a token instead of the cookie.',
)

const OTHER_SIDE = problem(
  'access.denied',
  403,
  'Runners use /api/v1/runner and nothing else, and nobody else uses it.',
  'Use a token of the right kind.',
)

const SPENT = reject(
  'access.unauthenticated',
  'This sign-in link was used already.',
  'Ask for a new one: restart the server, or use a token.',
)

/** Who may report: a job that exchanged its issuer's token, or an account with a token for it. */
async function reporterWith(
  { engine: { reads }, now }: Authentication,
  { secret, byCookie }: ReturnType<typeof credentialsOf>,
): Promise<Reporter | undefined> {
  if (secret === undefined || byCookie) return undefined
  const hash = sha256(secret)
  const vouched = await reporterOf(reads, hash, now())
  if (vouched !== undefined) return vouched
  const account = await actorOfToken(reads, hash, now(), 'report')
  if (account === undefined) return undefined
  const { id, kind, service } = account
  const actor: Actor = { id, kind, roles: ['runner'] }
  return { actor, ...(service !== null && { service }) }
}

/** A runner's token can do nothing but its jobs: other people's code runs beside it. */
function isOnOwnSide(actor: Actor, address: string): boolean {
  return actor.roles.includes('runner') === address.startsWith('/api/v1/runner/')
}

function credentialsOf(request: FastifyRequest) {
  const header = request.headers.authorization
  if (header?.startsWith('Bearer ')) return { secret: header.slice(7), byCookie: false }
  const key = request.headers['x-api-key']
  if (request.routeOptions.config.ofrep === true && typeof key === 'string')
    return { secret: key, byCookie: false }
  const cookie = request.cookies[COOKIE]
  return { secret: cookie, byCookie: cookie !== undefined }
}

function calendarSecret({ query }: FastifyRequest): string | undefined {
  const { token } = Object(query) as { token?: unknown }
  return typeof token === 'string' && token !== '' ? token : undefined
}

function isOwnPage(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true
  const { origin, host } = request.headers
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host
}

/** The one-time link: its token is spent, and a session begins. */
async function signIn(at: Authentication, request: FastifyRequest, reply: FastifyReply) {
  const { token } = request.query as { token?: string }
  const actor =
    typeof token === 'string'
      ? await actorOfToken(at.engine.reads, sha256(token), at.now())
      : undefined
  if (actor === undefined) return send(reply, UNAUTHENTICATED)
  const secret = newSecret()
  const facts = { at: at.now(), by: actor.id }
  const of = { thing: actors, id: actor.id }
  const revoke: ActorCommand = { type: 'actor.revokeToken', ...facts, token: actor.token }
  const issue: ActorCommand = {
    type: 'actor.issueToken',
    ...facts,
    token: newId('tok', at.now()),
    hash: sha256(secret),
    expiresAt: at.now() + SESSION_DAYS * DAY_MS,
  }
  // Of two who come with one link at once, the second finds it spent.
  const spend = wish({
    ...of,
    command: async ({ state }) => (Object.hasOwn(state.tokens, actor.token) ? revoke : SPENT),
  })
  const session = await at.engine.executeAll([spend, wish({ ...of, command: issue })], {
    actor: SYSTEM,
  })
  if ('rejected' in session) return send(reply, UNAUTHENTICATED)
  return reply
    .setCookie(COOKIE, secret, {
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: at.isHttps,
      maxAge: (SESSION_DAYS * DAY_MS) / 1000,
    })
    .redirect('/')
}
