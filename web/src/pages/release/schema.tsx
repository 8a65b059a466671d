/** What it does to its database: whether what came before it still works afterwards. */
import type { SchemaFacts } from '../../api/types.ts'
import { schemaInWords, stepTone } from '../../format/schema.ts'
import { Card, Quiet } from '../../kit/card.tsx'
import { Says, State } from '../../kit/state.tsx'

export function Schema({ schema }: { schema: SchemaFacts | null }) {
  return (
    <Card title="Database" aside={schema?.dialect ?? false}>
      {schema === null ? (
        <Quiet>Its service declared no schema: nothing is known of what it does to one.</Quiet>
      ) : (
        <div className="space-y-3">
          <Says {...schemaInWords(schema)} />
          <ul className="divide-line divide-y">
            {schema.steps.map(({ path, line, kind, reason, statement, remarks }) => (
              <li key={`${path} ${line} ${statement}`} className="py-2">
                <p>
                  <State of={kind} tone={stepTone(kind)} />: {reason}
                </p>
                <code className="text-quiet block font-mono text-xs break-words">{statement}</code>
                <p className="text-quiet text-xs">
                  {path}, line {line}
                  {remarks.map((remark) => ` · ${remark}`)}
                </p>
              </li>
            ))}
          </ul>
          {schema.findings.map(({ code, path }) => (
            <Says key={`${code} ${path}`} tone="bad" text={`${path}: ${code}`} />
          ))}
        </div>
      )}
    </Card>
  )
}
