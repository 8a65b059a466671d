/** docs/reference/sql.md: what tools for reports may read, from the views themselves. */
import { PUBLISHED_SCHEMA, type PublishedView } from '#engine/published.ts'
import { published } from '#insights/views.ts'

const INTRODUCTION = `# SQL for reports

The schema \`${PUBLISHED_SCHEMA}\` is for Grafana, Metabase, Superset and whatever else reads PostgreSQL. It holds facts alone: no secrets, no payloads, no text that somebody wrote, nobody's name or address. A column keeps its name and meaning; new ones come last. Instants are \`timestamptz\`, spans are seconds.

## A role that reads this and nothing else

Once, as the role that the server itself connects with (the password is yours to choose):

\`\`\`sql
create role signalbox_bi login password '…';
alter role signalbox_bi set default_transaction_read_only = on;
alter role signalbox_bi set statement_timeout = '30s';
grant usage on schema ${PUBLISHED_SCHEMA} to signalbox_bi;
grant select on all tables in schema ${PUBLISHED_SCHEMA} to signalbox_bi;
alter default privileges in schema ${PUBLISHED_SCHEMA} grant select on tables to signalbox_bi;
\`\`\`

The last line is needed: the views are made anew when Signalbox is upgraded, and views of your own that stand on them are dropped then. Without its time limit a long report would keep an upgrade waiting.

The server makes the schema when it starts. Where its own role may not create schemas (\`grant create on database … to …\`), it says so in its log and goes without.
`

export const sqlPage = (): string => `${INTRODUCTION}\n${published.map(partOf).join('\n')}`

function partOf({ name, about, columns }: PublishedView): string {
  const rows = Object.entries(columns).map(
    ([column, { type, about: what }]) => `| \`${column}\` | ${type} | ${what} |`,
  )
  const head = '| column | type | what |\n| --- | --- | --- |'
  return `## ${PUBLISHED_SCHEMA}.${name}\n\n${about}\n\n${head}\n${rows.join('\n')}\n`
}
