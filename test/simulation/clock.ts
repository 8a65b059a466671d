/**
 * Time that passes only when it is told to, for us and for the database alike: in the simulation's
 * database a function named `clock_timestamp` stands before PostgreSQL's own, so that leases, due
 * times and stamps in the engine's own SQL run on virtual time with not a letter of it changed.
 */
import pg from 'pg'
import type { DatabaseAddress } from '#engine/sql.ts'

/** A Monday, so that figures read as weeks. */
const BEGINNING = Date.UTC(2026, 0, 5)

export class VirtualTime {
  readonly begunAt = BEGINNING
  readonly #address: DatabaseAddress
  #client: pg.Client
  #now = BEGINNING
  /** The database is away: what it is to know it is told when it is back. */
  #isAway = false
  #numbers: readonly { readonly name: string; readonly last: string }[] = []

  private constructor(address: DatabaseAddress, client: pg.Client) {
    this.#address = address
    this.#client = client
  }

  /** Of a database that nobody is connected to yet. */
  static async over(address: DatabaseAddress): Promise<VirtualTime> {
    const client = await connected(address)
    await client.query(`
      create sequence virtual_now minvalue 0;
      select setval('virtual_now', ${BEGINNING});
      -- Of one expression: it is put in the place of its call, and costs next to nothing.
      create function clock_timestamp() returns timestamptz language sql volatile
        as $$ select to_timestamp(pg_sequence_last_value('virtual_now'::regclass) / 1000.0) $$;
      do $$ begin
        execute format('alter database %I set search_path = public, pg_catalog',
          current_database());
      end $$;`)
    await client.query('set search_path = public, pg_catalog')
    return new VirtualTime(address, client)
  }

  get isAway(): boolean {
    return this.#isAway
  }

  /** A database that was stopped at once skips some numbers, by chance: we remember which. */
  async leave(stop: () => Promise<void>): Promise<void> {
    this.#numbers = await this.query(
      'time.numbers',
      `select schemaname || '.' || sequencename as name, last_value::text as last
       from pg_sequences where last_value is not null`,
    )
    this.#isAway = true
    await stop()
  }

  async comeBack(start: () => Promise<void>): Promise<void> {
    await start()
    this.#client = await connected(this.#address)
    await this.#client.query('set search_path = public, pg_catalog')
    for (const { name, last } of this.#numbers)
      await this.#client.query('select setval($1, $2)', [name, last])
    await this.#client.query(`select setval('virtual_now', $1)`, [this.#now])
    this.#isAway = false
  }

  now(): number {
    return this.#now
  }

  /** `12d 03:04:05.678` since the beginning. */
  get said(): string {
    const days = Math.floor((this.#now - BEGINNING) / 86_400_000)
    return `${days}d ${new Date(this.#now).toISOString().slice(11, 23)}`
  }

  /** Never back. */
  async advanceTo(at: number): Promise<void> {
    if (at <= this.#now) return
    this.#now = at
    if (!this.#isAway) await this.query('time.set', `select setval('virtual_now', $1)`, [at])
  }

  /** The database knows already. */
  reached(at: number): void {
    this.#now = Math.max(this.#now, at)
  }

  /** The simulation's own look at the database, which no fault touches. */
  async query<Row extends pg.QueryResultRow>(
    name: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#client.query<Row>({ name, text, values })).rows
  }

  async close(): Promise<void> {
    await this.#client.end()
  }
}

async function connected(address: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client(address)
  // Lost, it fails the next question; without a listener all worlds of the process would end.
  client.on('error', () => {})
  await client.connect()
  return client
}
