/** A report as Markdown and as a page that stands alone, prints well and runs nothing. */
import { escaped } from '#kernel/html.ts'
import type { Difference, ReportDocument } from './document.ts'
import { cellsOf, differenceText, HEADINGS, sinceOf, titleOf } from './words.ts'

export interface Shown {
  readonly document: ReportDocument
  /** Null: nobody published it. */
  readonly revision: number | null
  /** To the revision before, or, of what is out of date, to what is known now. */
  readonly differences: readonly Difference[]
  /** Since it was published something became known that changes it. */
  readonly isOutdated: boolean
}

const changedTitle = ({ isOutdated }: Shown) =>
  isOutdated ? 'What is known by now is another' : 'Changed since the revision before'

export function markdownOf(shown: Shown): string {
  const { document, revision, differences } = shown
  const row = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`
  const parts = [
    `# ${plain(titleOf(document))}`,
    plain(sinceOf(document, revision)),
    [row(HEADINGS), row(HEADINGS.map(() => '---')), ...document.figures.map(cellsOf).map(row)].join(
      '\n',
    ),
    ...(document.hints.length === 0
      ? []
      : [
          '## Where to look',
          document.hints
            .map(({ says, n, look }) => `- ${plain(says)} (of ${n}; \`signalbox ${look}\`)`)
            .join('\n'),
        ]),
    ...(differences.length === 0
      ? []
      : [
          `## ${changedTitle(shown)}`,
          differences.map((one) => `- ${plain(differenceText(one))}`).join('\n'),
        ]),
  ]
  return `${parts.join('\n\n')}\n`
}

/** Names come from others: they end no cell, begin no link and no tag. */
const plain = (text: string) =>
  text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*[\]<>|]/g, (mark) => `\\${mark}`)

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;
padding:0 1rem;color:#1c1c1c;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;
padding:.35rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}
tr{break-inside:avoid}thead{display:table-header-group}h2{break-after:avoid;margin-top:2rem}
code{font-size:.9em}@page{size:A4;margin:15mm}@media print{body{margin:0;padding:0;max-width:none;
font-size:11px}}`

export function htmlOf(shown: Shown): string {
  const { document, revision, differences } = shown
  const title = escaped(titleOf(document))
  const cells = (tag: 'th' | 'td', row: readonly string[]) =>
    row
      .map((cell, i) => {
        const scope = tag === 'th' ? ' scope="col"' : ''
        return tag === 'td' && i === 0
          ? `<th scope="row">${escaped(cell)}</th>`
          : `<${tag}${scope}>${escaped(cell)}</${tag}>`
      })
      .join('')
  const rows = document.figures.map((line) => `<tr>${cells('td', cellsOf(line))}</tr>`)
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0 ? '' : `<h2>${escaped(heading)}</h2>\n<ul>\n${items.join('\n')}\n</ul>\n`
  const hints = document.hints.map(
    ({ says, n, look }) =>
      `<li>${escaped(says)} (of ${n}; <code>signalbox ${escaped(look)}</code>)</li>`,
  )
  const changed = differences.map((one) => `<li>${escaped(differenceText(one))}</li>`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head>
<body>
<h1>${title}</h1>
<p>${escaped(sinceOf(document, revision))}</p>
<table>
<thead><tr>${cells('th', HEADINGS)}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
${list('Where to look', hints)}${list(changedTitle(shown), changed)}</body>
</html>
`
}
