/**
 * One connection's turn, most often a transaction. What nobody waits for is kept for later and sent
 * with the next question, or with the commit: a command is three round trips, however many events
 * it appends and views it touches. The order of sending is the order of running.
 */
import type pg from 'pg'
import { type Answer, Batch, type Statement } from './batch.ts'

export class Session {
  readonly #client: pg.ClientBase
  #later: Statement[] = []
  #isOver = false

  constructor(client: pg.ClientBase) {
    this.#client = client
  }

  /** Sent with what is asked next. If it fails, so does that. */
  later(...statements: readonly Statement[]): void {
    this.#later.push(...statements)
  }

  /** Sends what was kept for later. */
  async flush(): Promise<void> {
    if (this.#later.length > 0) await this.askAll([])
  }

  async query<Row extends pg.QueryResultRow>(statement: Statement): Promise<pg.QueryResult<Row>> {
    const [answer] = await this.askAll([statement])
    return answer as pg.QueryResult<Row>
  }

  /**
   * An answer to each, in one round trip.
   * @throws the database's error about the first that fails; those behind it were not run
   */
  async askAll(statements: readonly Statement[]): Promise<readonly Answer[]> {
    if (this.#isOver) throw new Error('This transaction is over.')
    const before = this.#later
    this.#later = []
    const batch = new Batch([...before, ...statements])
    this.#client.query(batch)
    const answers = await batch.answers
    return answers.slice(before.length)
  }

  /** Whoever still asks, because others of its kind failed, asks somebody else's transaction. */
  end(): void {
    this.#isOver = true
  }
}
