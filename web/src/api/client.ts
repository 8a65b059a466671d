/** Asking the server. Whatever it refuses arrives as ApiError with its code, reason and remedy. */
import { noteServerTime } from './clock.ts'
import type { Problem } from './types.ts'

export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** A refusal stays one; a server that is away or in trouble is asked once more. */
export function isWorthAsking(failures: number, error: unknown): boolean {
  const isRefused =
    error instanceof ApiError && error.problem.status >= 400 && error.problem.status < 500
  return !isRefused && failures < 1
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(`/api/v1${path}`, init).catch(() => {
    throw new ApiError({
      code: 'server.unreachable',
      detail: 'The server does not answer.',
      remedy: 'What you see is from before; it is asked again by itself.',
      status: 0,
    })
  })
  noteServerTime(answer.headers.get('date'))
  if (answer.ok) return answer
  const fallback = { code: `http.${answer.status}`, detail: answer.statusText, remedy: '' }
  const body = (await answer.json().catch(() => fallback)) as Omit<Problem, 'status'>
  throw new ApiError({ ...fallback, ...body, status: answer.status })
}

export async function get<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T
}

/** 128 bits; `randomUUID` is there only where the page came by https, or from this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** `seen` is the version that the person looked at: anything newer refuses the command. */
export async function post<T>(path: string, body: object = {}, seen?: number): Promise<T> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'idempotency-key': newKey(),
  }
  if (seen !== undefined) headers['if-match'] = `"${seen}"`
  const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  return (text === '' ? {} : JSON.parse(text)) as T
}

/** An answer that comes line by line, and may be larger than one wants to wait for at once. */
export async function* postForLines(path: string, body: object): AsyncGenerator<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': newKey() }
  const answer = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    const lines = (rest + (value ?? '')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line !== '')
    if (done) break
  }
  if (rest !== '') yield rest
}

/** Why the server would refuse the command now; null: it would do it. Nothing is done by asking. */
export async function refusalOf(
  path: string,
  body: object,
  seen?: number,
): Promise<Problem | null> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'signalbox-dry-run': 'true',
  }
  if (seen !== undefined) headers['if-match'] = `"${seen}"`
  try {
    await ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return null
  } catch (error) {
    // What is wrong with the question says nothing about the answer.
    const isRefusal = error instanceof ApiError && REFUSED.includes(error.problem.status)
    if (isRefusal) return error.problem
    throw error
  }
}
const REFUSED = [403, 409, 412]
