/**
 * Surveys: opened and closed under /api/v1 by who may, and answered at /survey/<link> by whoever
 * holds the link, without an account and without a script.
 */
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App, RouteContext, Routes } from '#engine/routing.ts'
import { SYSTEM } from '#kernel/actor.ts'
import { surveysIn } from '../queries/surveys.ts'
import { keyOf, type Link, linkIn, newLinkSecret } from './survey-link.ts'
import { commentIn, formPage, saidPage, STYLE } from '../surveys/page.ts'
import { resultOf } from '../surveys/results.ts'
import { isOver, surveys } from '../surveys/survey.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const QUESTION = 'How satisfied are you with how we release?'
const LINKS_MAX = 1_000
const DAYS_MAX = 90

const opening = z.strictObject({
  title: z.string().trim().min(1).max(120),
  question: z.string().trim().min(1).max(300).default(QUESTION),
  /** Links, one for each who is asked; fewer than five could never be shown. */
  invited: z.int().min(5).max(LINKS_MAX),
  days: z.int().min(1).max(DAYS_MAX).default(14),
})
const named = z.object({ survey: z.string().max(60) })
const page = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) })

/** Mounted under /api/v1. */
export const surveyRoutes: Routes = (app, context) => {
  const { engine, now } = context
  app.post('/surveys', { schema: { body: opening } }, async (request, reply) => {
    const asked = context.request(request)
    const { title, question, invited, days } = request.body
    const survey = context.newId('svy', request)
    const secrets = Array.from({ length: invited }, newLinkSecret)
    const at = now()
    const facts = {
      survey,
      title,
      question,
      keys: secrets.map(keyOf),
      closesAt: at + days * DAY_MS,
    }
    const command = { type: 'survey.open' as const, at, by: asked.actor.id, ...facts }
    // A retry must not be told links that nobody kept: that the survey is there is a refusal.
    const once = { ...asked, idempotencyKey: undefined }
    const done = await engine.execute(surveys, survey, command, once)
    if (done.rejected) return context.refuse(reply, done)
    const links = secrets.map((secret) => `/survey/${survey}.${secret}`)
    return reply.code(201).send({ survey, title, closesAt: facts.closesAt, links })
  })
  app.get('/surveys', { schema: { querystring: page } }, async ({ query }) => {
    const rows = await surveysIn(engine.reads, query.limit)
    return rows.map(({ survey, title, invited, answers, ...at }) => ({
      ...{ survey, title, invited, answers },
      status: at.closed_at !== null || now() >= at.closes_at ? 'closed' : 'open',
      openedAt: at.opened_at,
      closesAt: at.closes_at,
    }))
  })
  app.get('/surveys/:survey', { schema: { params: named } }, async (request, reply) => {
    const { survey } = request.params
    const { state } = await engine.load(surveys, survey)
    if (state.status === 'none') return unknownSurvey(context, reply, survey)
    return { survey, ...resultOf(state, now()) }
  })
  app.post('/surveys/:survey/close', { schema: { params: named } }, async (request, reply) => {
    const { survey } = request.params
    const asked = context.request(request)
    const { state } = await engine.load(surveys, survey)
    if (state.status === 'none') return unknownSurvey(context, reply, survey)
    const command = { type: 'survey.close' as const, at: now(), by: asked.actor.id, survey }
    const done = await engine.execute(surveys, survey, command, asked)
    if (done.rejected) return context.refuse(reply, done)
    const closed = await engine.load(surveys, survey)
    return { survey, ...resultOf(closed.state, now()) }
  })
}

async function unknownSurvey(context: RouteContext, reply: FastifyReply, survey: string) {
  const rows = await surveysIn(context.engine.reads, 100)
  return context.unknown(
    reply,
    'survey',
    survey,
    rows.map((row) => row.survey),
  )
}

/** Of a form with a thousand letters, each of them written as nine. */
const FORM_BYTES_MAX = 40 * 1024
/** From one address, an office behind it: who tries links gets nowhere at this pace. */
const ASKED_PER_MINUTE = 120

/** Mounted at the root. */
export const surveyPages: Routes = (app, context) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
    (_, body, done) => done(null, body),
  )
  const options = {
    bodyLimit: FORM_BYTES_MAX,
    schema: { hide: true, params: z.object({ link: z.string().max(200) }) },
    config: { rateLimit: { max: ASKED_PER_MINUTE, timeWindow: '1 minute' } },
  }
  app.get('/survey/style.css', { schema: { hide: true } }, async (_, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(STYLE),
  )
  app.get('/survey/:link', options, async (request, reply) => {
    const found = await surveyBehind(context, request.params.link)
    if (found === undefined) return html(reply, 404, NO_LINK)
    const { state, link } = found
    if (state.used.has(link.key)) return html(reply, 409, ANSWERED)
    if (isOver(state, context.now())) return html(reply, 410, OVER)
    return html(reply, 200, formPage(state))
  })
  answering(app, context, options)
}

function answering(app: App, context: RouteContext, options: object): void {
  app.post('/survey/:link', options, async (request, reply) => {
    const { link: said } = request.params as { readonly link: string }
    const found = await surveyBehind(context, said)
    if (found === undefined) return html(reply, 404, NO_LINK)
    const { state, link } = found
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '')
    const score = Number(form.get('score'))
    if (!Number.isInteger(score) || score < 1 || score > 5)
      return html(reply, 422, formPage(state, 'Choose one of the five, please.'))
    const comment = commentIn(form.get('comment') ?? '')
    const done = await context.engine.execute(
      surveys,
      link.survey,
      {
        ...{ type: 'survey.answer', at: context.now(), by: SYSTEM.id, ...link, score },
        ...(comment !== undefined && { comment }),
      },
      { actor: SYSTEM },
    )
    if (!done.rejected) return html(reply, 200, saidPage(state.title, 'Thank you. It is counted.'))
    if (done.code === 'survey.answered-already') return html(reply, 409, ANSWERED)
    return html(reply, 410, OVER)
  })
}

/** A link that is wrong in any way is one answer: nobody learns which surveys there are. */
async function surveyBehind({ engine }: RouteContext, said: string) {
  const link: Link | undefined = linkIn(said)
  if (link === undefined) return undefined
  const { state } = await engine.load(surveys, link.survey)
  const isKnown = state.unused.has(link.key) || state.used.has(link.key)
  return isKnown ? { state, link } : undefined
}

const NO_LINK = saidPage('No such survey', 'Copy the link whole, or ask whoever sent it to you.')
const ANSWERED = saidPage('Answered already', 'Each link is for one answer, and this one is given.')
const OVER = saidPage('It is over', 'This survey takes no more answers. There will be another.')

/** No script, no frame, nothing from elsewhere; and the link goes nowhere. */
const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'"

const html = (reply: FastifyReply, status: number, page: string) =>
  reply
    .code(status)
    .header('content-security-policy', POLICY)
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .header('x-robots-tag', 'noindex')
    .type('text/html; charset=utf-8')
    .send(page)
