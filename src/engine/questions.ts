/**
 * Questions that are asked together go in one letter, each different one once. A verdict asks some
 * forty, most of them independent of each other; one by one the way there and back costs more than
 * all the answers do. Whatever is asked before the event loop comes round is asked together, of one
 * transaction or of the pool. No answer is ever older than its question.
 */
import type { Answer, Statement } from './batch.ts'

/** Behind a slow one wait at most so many others. */
const TOGETHER_MAX = 32
/** What is asked less often is not worth a plan that every connection keeps. */
const ASKED_BEFORE_KEPT = 5
/** Of one process; PostgreSQL keeps each once a connection. */
const KEPT_MAX = 256
const COUNTED_MAX = 4 * KEPT_MAX

type Send = (statements: readonly Statement[]) => Promise<readonly Answer[]>

interface Asked {
  readonly statement: Statement
  readonly answer: PromiseWithResolvers<Answer>
}

export class Questions {
  readonly #send: Send
  readonly #isOfOne: (error: unknown) => boolean
  #waiting = new Map<string, Asked>()

  /** `isOfOne` says of which errors only one was meant: the others beside it are asked again. */
  constructor(send: Send, isOfOne: (error: unknown) => boolean = () => false) {
    this.#send = send
    this.#isOfOne = isOfOne
  }

  ask(text: string, values: readonly unknown[]): Promise<Answer> {
    const question = JSON.stringify([text, values])
    const known = this.#waiting.get(question)
    if (known !== undefined) return known.answer.promise
    const statement = { name: nameOf(text), text, values: [...values] }
    const answer = Promise.withResolvers<Answer>()
    if (this.#waiting.size === 0) setImmediate(() => this.#ask())
    this.#waiting.set(question, { statement, answer })
    return answer.promise
  }

  #ask(): void {
    const all = [...this.#waiting.values()]
    this.#waiting = new Map()
    for (let from = 0; from < all.length; from += TOGETHER_MAX)
      void this.#together(all.slice(from, from + TOGETHER_MAX))
  }

  async #together(asked: readonly Asked[]): Promise<void> {
    try {
      const answers = await this.#send(asked.map(({ statement }) => statement))
      for (const [i, { answer }] of asked.entries()) answer.resolve(answers[i] as Answer)
    } catch (error) {
      if (asked.length > 1 && this.#isOfOne(error))
        for (const one of asked) void this.#together([one])
      else for (const { answer } of asked) answer.reject(error)
    }
  }
}

const names = new Map<string, string>()
const asked = new Map<string, number>()

/** Nothing: it is planned anew. Lists of any length make a text each, and some are asked once. */
function nameOf(text: string): string {
  const name = names.get(text)
  if (name !== undefined) return name
  if (names.size >= KEPT_MAX) return ''
  const times = (asked.get(text) ?? 0) + 1
  if (times <= ASKED_BEFORE_KEPT) {
    if (asked.size < COUNTED_MAX || asked.has(text)) asked.set(text, times)
    return ''
  }
  asked.delete(text)
  const made = `read.${names.size}`
  names.set(text, made)
  return made
}
