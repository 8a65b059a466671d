/**
 * The tables the engine stands on, forward only. A step, once released, is never edited: a change
 * is a new step, first adding (expand), later removing what no running version needs (contract).
 * Views are not here: they can be made from events at any time and carry their own version.
 */
import type { Connection, Database } from './sql.ts'

const STEPS: readonly string[] = [
  `create table events(
     pos bigint generated always as identity,
     xid xid8 not null default pg_current_xact_id(),
     stream text not null,
     version integer not null,
     type text not null,
     data jsonb not null,
     actor text not null,
     recorded_at timestamptz not null default clock_timestamp(),
     primary key (stream, version));
   create index events_order on events(xid, pos);
   create index events_type on events(type, xid, pos);
   create function refuse_change() returns trigger language plpgsql as
     $$ begin raise exception 'events are never edited'; end $$;
   create trigger events_are_facts before update or delete on events
     for each statement execute function refuse_change();
   create trigger events_are_kept before truncate on events
     for each statement execute function refuse_change();
   create table due(
     kind text not null,
     key text not null,
     due_at timestamptz not null,
     generation bigint not null default 1,
     lease_until timestamptz,
     owner text,
     fence bigint not null default 0,
     attempt integer not null default 0,
     dead boolean not null default false,
     last_error text,
     primary key (kind, key)) with (fillfactor = 70);
   create index due_at on due(kind, due_at) where not dead;
   create sequence due_fence;
   create table idempotency(
     key text primary key,
     command text not null,
     answer jsonb,
     at timestamptz not null default clock_timestamp());
   create index idempotency_at on idempotency(at);
   create unlogged table presence(
     key text primary key,
     at timestamptz not null default clock_timestamp());
   create table views(
     name text primary key,
     version integer not null,
     rebuilt_at timestamptz not null default clock_timestamp());`,
  // Nobody asks for events by type: that is what views are for, and every append paid for it.
  'drop index if exists events_type',
  // The audit log. What it says of an event is a commitment under the event's own salt; erasing is
  // the one change that an event may see, and takes the salt along (docs/adr/0032).
  `alter table events add column salt bytea default uuid_send(gen_random_uuid());
   alter table events add column digest text;
   create or replace function refuse_change() returns trigger language plpgsql as
     $$ begin
       if tg_op = 'UPDATE' and current_setting('signalbox.erasing', true) = 'on' then
         return null;
       end if;
       raise exception 'events are never edited';
     end $$;
   create table log_epochs(
     epoch integer primary key,
     origin text not null,
     size bigint not null default 0,
     last_xid xid8 not null default '0',
     last_pos bigint not null default 0,
     levels bytea[] not null default '{}',
     entries bytea not null default '',
     positions bigint[] not null default '{}',
     xids text[] not null default '{}',
     checkpoint text,
     signed_at timestamptz,
     witnessed text,
     witnessed_size bigint not null default 0,
     witnessed_at timestamptz);
   create table log_tiles(
     epoch integer not null, path text not null, bytes bytea not null, primary key (epoch, path));
   create table log_bundles(
     epoch integer not null,
     n bigint not null,
     first_xid xid8 not null,
     first_pos bigint not null,
     positions bigint[] not null,
     primary key (epoch, n));
   create index log_bundles_order on log_bundles(epoch, first_xid, first_pos);
   create table log_checkpoints(
     epoch integer not null,
     size bigint not null,
     note text not null,
     at timestamptz not null default clock_timestamp(),
     primary key (epoch, size));
   create table log_pseudonyms(actor text primary key, pseudonym text not null unique);`,
  `create table followers(
     name text primary key,
     xid xid8 not null,
     pos bigint not null,
     attempts integer not null default 0,
     trouble text,
     tried_at timestamptz,
     told bigint not null default 0,
     told_at timestamptz);`,
]

// Any number that no other tool uses on this database: one server migrates, the others wait.
const LOCK = 7_446_250_811

export async function migrate(database: Database): Promise<void> {
  await exclusively(database, async (connection) => {
    await connection.query(
      `create table if not exists migrations(
         step integer primary key, at timestamptz not null default clock_timestamp())`,
    )
    const { rows } = await connection.query<{ step: number }>(
      'select coalesce(max(step), -1) as step from migrations',
    )
    for (const [step, sql] of STEPS.entries()) {
      if (step <= (rows[0]?.step ?? -1)) continue
      await connection.query('begin')
      await connection.query(sql)
      await connection.query('insert into migrations(step) values ($1)', [step])
      await connection.query('commit')
    }
  })
}

/** Holds the schema lock while `work` runs: two servers that start at once take turns. */
export async function exclusively(
  database: Database,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await database.pool.connect()
  try {
    // Waiting for the other server's migration is legitimate however long it takes.
    await connection.query('set statement_timeout = 0')
    await connection.query('select pg_advisory_lock($1)', [LOCK])
    await work(connection)
  } finally {
    // The session ends with the connection, and so does the lock and the setting.
    connection.release(true)
  }
}
