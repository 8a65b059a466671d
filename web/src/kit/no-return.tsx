/** Steps of migrations after which nobody goes back: the statements, and where they stand. */
import type { NoReturn } from '../api/rollouts.ts'

export function NoReturnSteps({ of: { steps, count } }: { of: NoReturn }) {
  const more = count - steps.length
  return (
    <ul aria-label="What cannot be undone" className="space-y-2">
      {steps.map(({ version, kind, path, line, statement, reason }) => (
        <li key={`${version} ${path} ${line} ${statement}`}>
          <p>
            <span className="text-bad font-medium">{kind}</span>: {reason}
          </p>
          {statement !== '' && (
            <code className="text-quiet block font-mono text-xs break-words">{statement}</code>
          )}
          <p className="text-quiet text-xs break-all">
            {path === '' ? version : `${path}, line ${line}, of ${version}`}
          </p>
        </li>
      ))}
      {more > 0 && <li className="text-quiet text-xs">and {more} more</li>}
    </ul>
  )
}
