/** How to act when it fails, and where that is written; a runbook that nobody wrote is missing. */
import type { Service } from '../../api/types.ts'
import { Card } from '../../kit/card.tsx'
import { Says } from '../../kit/state.tsx'

export function Runbooks({ service: { name, links, tier, owner } }: { service: Service }) {
  const books = Object.entries(links).filter(([text]) => /runbook|guide|doc/i.test(text))
  return (
    <Card title="Runbooks" id="runbooks">
      {books.length === 0 ? (
        <>
          <Says
            tone={tier <= 1 ? 'bad' : 'open'}
            text={`Missing: nobody wrote how to act when ${name} fails.`}
          />
          <p className="text-quiet pl-[1.375rem] text-xs">
            {owner} names one in its manifest: links: {'{'} runbook: docs/runbook.md {'}'}
          </p>
        </>
      ) : (
        <ul className="space-y-1">
          {books.map(([text, to]) => (
            <li key={text} className="break-all">
              {/^https?:\/\//.test(to) ? (
                <a href={to} rel="noreferrer">
                  {text}
                </a>
              ) : (
                <>
                  {text}: <code className="font-mono text-xs">{to}</code>
                </>
              )}
              {!/^https?:\/\//.test(to) && (
                <span className="text-quiet text-xs"> in its repository</span>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
