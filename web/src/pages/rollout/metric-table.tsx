/** The metric's figures as a table, for whoever reads rather than looks. */
import type { DeploymentDetail } from '../../api/rollouts.ts'
import { evidence, time } from '../../format/text.ts'
import { weightAt } from './metric-series.ts'

/** The last ones: the whole log is in the API. */
const ROWS_MAX = 60

export function MetricTable({
  ticks,
  weights,
  id,
}: Pick<DeploymentDetail, 'ticks' | 'weights'> & { id: string }) {
  return (
    <details className="mt-3">
      <summary className="text-quiet cursor-pointer text-xs">As a table</summary>
      <div className="max-h-64 overflow-y-auto" role="region" aria-label={`${id}, as a table`}>
        <table className="mt-2 w-full text-xs">
          <caption className="sr-only">The last measurements of {id}, newest first</caption>
          <thead>
            <tr className="border-line border-b text-left">
              {['At', 'Weight', 'Ratio', 'Between', 'Evidence', 'Verdict'].map((name) => (
                <th key={name} scope="col" className="py-1 pr-3">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ticks
              .slice(-ROWS_MAX)
              .toReversed()
              .map(({ at, verdict }) => {
                const found = verdict.metrics?.find((metric) => metric.id === id)
                const between = `${found?.low?.toFixed(2) ?? '–'} to ${found?.high?.toFixed(2) ?? '–'}`
                const cells = [
                  time(at),
                  `${weightAt(weights, at)} %`,
                  found?.ratio.toFixed(2) ?? '–',
                  between,
                  found === undefined ? '–' : evidence(found.evidence),
                  `${verdict.verdict}, ${verdict.reason}`,
                ]
                return (
                  <tr key={at} className="border-line border-b last:border-0">
                    {cells.map((cell, i) => (
                      // oxlint-disable-next-line react/no-array-index-key -- columns never move
                      <td key={i} className="py-1 pr-3">
                        {cell}
                      </td>
                    ))}
                  </tr>
                )
              })}
          </tbody>
        </table>
      </div>
    </details>
  )
}
