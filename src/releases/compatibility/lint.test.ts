import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { SchemaDialect, SchemaStepKind } from '../events.ts'
import { lintMigrations } from './lint.ts'

const lint = (text: string, dialect: SchemaDialect = 'postgresql') =>
  lintMigrations([{ path: 'm.sql', text }], dialect)
const kinds = (text: string, dialect: SchemaDialect = 'postgresql') =>
  lint(text, dialect).map(({ kind }) => kind)

const POSTGRESQL: Readonly<Record<SchemaStepKind, readonly string[]>> = {
  additive: [
    'create table orders (id bigint primary key, total numeric not null)',
    'create table if not exists a.orders as select 1',
    'create index concurrently i on orders (total)',
    'create type mood as enum (1)',
    'create view v as select 1',
    'create function f() returns int language sql return 1',
    'alter table orders add column note text',
    'alter table orders add note text, add count int not null default 0',
    'alter table orders add if not exists at timestamptz not null default now()',
    'alter table orders add column n bigint generated always as identity',
    'alter table orders alter total set default 0',
    'alter table orders validate constraint c',
    "alter type mood add value 'calm'",
    'alter default privileges grant select on tables to reader',
    'grant select on orders to reader',
    "comment on table orders is 'drop table'",
    "set lock_timeout = '5s'",
    'begin',
    'begin transaction isolation level serializable',
    'end',
    "select pg_catalog.set_config('search_path', '', false)",
    "select setval('orders_id_seq', 7, true)",
    'copy orders to stdout',
  ],
  backfill: [
    "insert into orders values (1, ';')",
    'update orders set note = 1 where note is null',
    'update only orders set note = 1 where (note = 2)',
    'delete from orders where id < 10',
    'delete from orders using old where old.id = orders.id',
    'copy orders from stdin',
  ],
  unknown: [
    'frobnicate',
    'do $$ begin drop table orders; end $$',
    'call tidy()',
    'with gone as (delete from orders returning id) select 1 from gone',
    'select drop_everything()',
    'select setval($$x$$, (select drop_everything()))',
    'merge into orders using new on true when matched then delete',
    'update orders set note = 1',
    'create trigger t before insert on orders execute function f()',
    'create event trigger t on ddl_command_end execute function f()',
    'drop index i',
    'alter table orders drop constraint c',
    'alter table orders alter note drop not null',
    'alter table orders alter note type text',
    'alter table orders add constraint c check (total > 0) not valid',
    'alter table orders owner to ana',
    'alter table all in tablespace a set tablespace b',
    'alter sequence s restart',
    'copy orders from program 1',
    'copy orders',
    'copy (delete from orders returning id) to stdout',
    'copy (select 1) to stdout',
    'insert into a with gone as (delete from orders returning id) select id from gone',
    'create table a as with b as (update only orders set id = 1 returning id) select id from b',
    'set standard_conforming_strings = off',
    'execute prepared',
    'begin not atomic drop table orders',
    'create table orders (id int))',
    String.raw`\i other.sql`,
  ],
  contract: [
    'create unique index i on orders (total)',
    'create or replace view v as select 1',
    'create or replace function f() returns int return 1',
    'create policy p on orders using (true)',
    'drop view v',
    'drop function f(int)',
    'drop type mood',
    'alter table orders rename to old_orders',
    'alter table orders rename column a to b',
    'alter table orders alter column note set not null',
    'alter table orders alter column note drop default',
    'alter table orders alter column note type varchar(10)',
    'alter table orders alter column note set data type jsonb using note::jsonb',
    'alter table orders add column note text not null',
    'alter table orders add column code text unique',
    'alter table orders add unique (total)',
    'alter table orders add constraint c foreign key (a) references b (id)',
    'alter table orders add constraint c check (total > 0)',
    'alter table orders enable row level security',
    'alter table orders set schema archive',
    'alter table orders add note text, rename column a to b',
    'alter view v rename to w',
    "alter type mood rename value 'a' to 'b'",
    'revoke select on orders from reader',
  ],
  irreversible: [
    'drop table orders',
    'drop table if exists "orders" cascade',
    'drop schema a cascade',
    'drop type mood cascade',
    'truncate orders',
    'delete from orders',
    'delete from orders where true',
    'delete from orders where (1 = 1) returning id',
    'delete from orders using (select 1 where 2 = 3) x',
    'alter table orders drop column note',
    'alter table orders drop if exists key',
    'alter table orders add note text, drop other',
    'alter table orders alter note type int using length(note)',
    'create or replace table orders (id int)',
  ],
}
const MYSQL: Readonly<Record<SchemaStepKind, readonly string[]>> = {
  additive: [
    'create table `orders` (id int auto_increment primary key) engine=InnoDB',
    'create definer = `root`@`localhost` sql security invoker view v as select 1',
    'alter table orders add column note text, algorithm=instant',
    'alter table orders add column (a int, b int default 1)',
    'alter table orders add key i (total)',
    'set names utf8mb4',
    '/*!40101 set names utf8 */',
    'lock tables orders write',
    'analyze local table orders',
    "set @old_sql_mode = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
  ],
  backfill: ['update `orders` set note = 1 where note is null # all'],
  unknown: [
    'alter table orders drop foreign key c',
    'alter table orders drop key i',
    'alter table orders engine=MyISAM',
    'alter table orders modify note text',
    'set global max_connections = 1',
    "set sql_mode = 'NO_BACKSLASH_ESCAPES'",
    'analyze delete from orders',
    'reset binary logs and gtids',
    'end',
    'replace into orders values (1)',
  ],
  contract: [
    'rename table orders to old_orders',
    'alter table orders change a b int',
    'alter table orders modify note varchar(10)',
    'alter table orders add constraint c foreign key (a) references b (id)',
    'alter table orders add unique key u (total)',
    'alter table orders drop primary key',
    'create or replace procedure p() select 1',
    'create definer=ana unique index i on orders (a)',
  ],
  irreversible: [
    'alter table orders drop note',
    'alter table orders drop partition p0',
    'alter table orders truncate partition p0',
    '/*!50000 drop table orders */',
    'delete o from orders o join b on o.id = b.id',
  ],
}

for (const [dialect, table] of [['postgresql', POSTGRESQL] as const, ['mysql', MYSQL] as const])
  describe(`in ${dialect}`, () => {
    for (const [kind, statements] of Object.entries(table))
      for (const sql of statements)
        it(`${kind}: ${sql}`, () => {
          const [step, ...more] = lint(sql, dialect)
          assert.deepEqual([step?.kind, more], [kind, []])
          assert.notEqual(step?.reason, '')
        })
  })

describe('what this very release makes', () => {
  it('may be changed in every way', () =>
    assert.deepEqual(
      kinds(
        'create table a (x int); alter table a add unique (x); create unique index i on a (x);' +
          'update a set x = 1; delete from a; alter table a drop x; drop table a; drop table a',
      ),
      [
        ...['additive', 'additive', 'additive', 'backfill', 'backfill'],
        ...['additive', 'additive', 'irreversible'],
      ],
    ))
  it('in another file too', () => {
    const files = ['create table a (x int)', 'alter table a drop x'].map((text, i) => ({
      path: `${i}.sql`,
      text,
    }))
    assert.deepEqual(
      lintMigrations(files, 'postgresql').map(({ kind }) => kind),
      ['additive', 'additive'],
    )
  })
  it('is not what may have been there, or is elsewhere now', () => {
    for (const sql of [
      'create table if not exists a (x int); drop table a',
      'create table a (x int); rollback; drop table a',
      'create table a (x int); set search_path = b; drop table a',
      'create table b.a (x int); drop table a',
      'create table a (x int); alter table a rename to b; drop table a',
      'create table "A" (x int); drop table a',
      'create table "b.a" (x int); drop table b.a',
      'create table É (x int); drop table é',
    ])
      assert.equal(kinds(sql).at(-1), 'irreversible', sql)
    for (const sql of [
      'create table A (x int); drop table a',
      'create table a (x int); rename table orders to a; drop table a',
    ])
      assert.equal(kinds(sql, 'mysql').at(-1), 'irreversible', sql)
    assert.equal(kinds('CREATE TABLE Aa (x int); drop table aA').at(-1), 'additive')
  })
  it('and what ends with the session is not there in the next file', () => {
    const files = [
      'create temp table a (x int); drop table a; create temp table a (x int)',
      'drop table a',
    ]
    const steps = lintMigrations(
      files.map((text, i) => ({ path: `${i}.sql`, text })),
      'postgresql',
    )
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['additive', 'additive', 'additive', 'irreversible'],
    )
  })
})

describe('a step', () => {
  const remarks = (sql: string) => lint(sql).flatMap((step) => step.remarks)
  it('says what it does to those who wait', () => {
    for (const [sql, word] of [
      ['create index i on t (a)', 'CONCURRENTLY'],
      ['alter table t add a uuid default gen_random_uuid()', 'batches'],
      ['alter table t add a bigserial', 'rewritten'],
      ['alter table t alter a set not null', 'CHECK'],
      ['alter table t add check (a > 0)', 'VALIDATE'],
      ['alter table t add unique (a)', 'USING INDEX'],
      ['alter table t alter a type bigint', 'rewritten'],
      ['create table p partition of t default', 'ATTACH'],
      ['vacuum (full) t', 'locks'],
    ] as const)
      assert.match(remarks(sql).join(), new RegExp(word), sql)
  })
  it('and nothing where nobody waits', () => {
    for (const sql of [
      'create index concurrently i on t (a)',
      "alter table t add a text default 'x'::varchar(3) not null",
      'alter table t add a timestamptz default now()',
      'alter table t add a int default -1 check (abs(a) > 0)',
    ])
      assert.deepEqual(remarks(sql), [], sql)
  })
  it('has its place and its text, on one line, and not without end', () => {
    const [step] = lint(`\n\ndrop table\n  "a\u202eb\u0007"${' '.repeat(9)}, ${'c'.repeat(500)}`)
    assert.deepEqual([step?.path, step?.line], ['m.sql', 3])
    assert.match(step?.statement ?? '', /^drop table "ab" , c+…$/)
    assert.ok((step?.reason.length ?? 0) <= 300)
  })
  it('that hides behind a quote is not missed', () => {
    const [, problem] = lint("create table a (x int);\nselect 'never closed").toReversed()
    assert.deepEqual(kinds("select 'x").at(-1), 'unknown')
    assert.equal(problem?.line, 2)
  })
  it('may have a million values', () =>
    assert.deepEqual(kinds(`insert into t values (0)${',(1)'.repeat(9_000)}`), ['backfill']))
  it('that is endless is not understood', () =>
    assert.deepEqual(kinds(`create table t (a int${', b int'.repeat(9_000)})`), ['unknown']))
})

describe('a declaration', () => {
  const declared = (declaration: string, sql: string) => {
    const [step] = lint(`${declaration}\n${sql}`)
    return step ?? assert.fail()
  }
  it('says what a machine cannot see, and is kept', () => {
    const step = declared('-- signalbox: additive because the index is new', 'drop index i')
    assert.deepEqual(
      [step.kind, step.reason, step.declared],
      ['additive', 'Declared: the index is new', 'additive because the index is new'],
    )
  })
  it('never makes a contract or a loss better', () => {
    for (const sql of ['drop view v', 'drop table t', 'delete from t']) {
      const step = declared('-- signalbox: additive because I say so', sql)
      assert.equal(step.kind, kinds(sql)[0])
      assert.match(step.remarks.join(), /cannot be/)
    }
  })
  it('may make anything worse', () =>
    assert.equal(
      declared('-- signalbox: contract because of the reports', 'create view v as select 1').kind,
      'contract',
    ))
  it('needs its reason', () => {
    for (const text of ['additive', 'additive because', 'harmless because it is', 'because']) {
      const step = declared(`-- signalbox: ${text}`, 'drop index i')
      assert.equal(step.kind, 'unknown', text)
      assert.match(step.remarks.join(), /not understood/, text)
    }
  })
  it('is about the statement below it, and no other', () =>
    assert.deepEqual(
      kinds('-- signalbox: additive because it is new\ndrop index i;\ndrop index j'),
      ['additive', 'unknown'],
    ))
  it('is a comment, not text that looks like one', () =>
    assert.deepEqual(kinds("frobnicate '\n-- signalbox: additive because\n'"), ['unknown']))
})

describe('whatever a migration holds', () => {
  const ORDER: readonly SchemaStepKind[] = [
    ...(['additive', 'backfill', 'unknown', 'contract', 'irreversible'] as const),
  ]
  const all = fc.constantFrom(...Object.values(POSTGRESQL).flat())
  it('a declaration lowers nothing but what is unknown', () =>
    fc.assert(
      fc.property(all, fc.constantFrom(...ORDER), (sql, kind) => {
        const [before] = kinds(sql)
        const [after] = kinds(`-- signalbox: ${kind} because of a law\n${sql}`)
        if (before === undefined || after === undefined) assert.fail()
        if (before !== 'unknown') assert.ok(ORDER.indexOf(after) >= ORDER.indexOf(before))
      }),
    ))
  it('each statement has a step, and its neighbours do not change what is lost', () =>
    fc.assert(
      fc.property(fc.array(all, { maxLength: 8 }), (statements) => {
        const plain = statements.filter((sql) => !sql.startsWith('\\') && !sql.includes('stdin'))
        const found = kinds(plain.join(';\n'))
        assert.equal(found.length, plain.length)
        for (const [i, sql] of plain.entries())
          if (/^(drop table orders|truncate)/.test(sql) && !plain.some(makesOrders))
            assert.equal(found[i], 'irreversible')
      }),
    ))
  const makesOrders = (sql: string) => sql.startsWith('create table')
  it('text of any kind is judged, and nothing in it is additive that is no statement', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        for (const step of lint(`?${text}`).slice(0, 1))
          assert.ok(['unknown', 'contract', 'irreversible'].includes(step.kind))
      }),
      { numRuns: 1_000 },
    ))
})
