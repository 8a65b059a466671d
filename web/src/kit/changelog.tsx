/** A changelog as it is drawn: text and looks, never HTML. */
import { type Block, changelogBlocks } from '../format/changelog.ts'

export function ChangelogText({ markdown }: { markdown: string }) {
  return (
    <div>
      {/* Its first line is the version, which stands above already. */}
      {changelogBlocks(markdown)
        .slice(1)
        .map((block, i) => (
          <Part key={`${i} ${block.kind}`} block={block} />
        ))}
    </div>
  )
}

function Part({ block: { kind, parts } }: { block: Block }) {
  const inside = parts.map(({ text, look }, i) => {
    const key = `${i} ${look}`
    if (look === 'strong') return <strong key={key}>{text}</strong>
    if (look === 'plain') return text
    return (
      <code key={key} className="text-quiet font-mono text-xs">
        {text}
      </code>
    )
  })
  if (kind === 'heading') return <h3 className="text-quiet mt-2 text-xs font-medium">{inside}</h3>
  if (kind === 'item') return <p className="item">{inside}</p>
  return <p>{inside}</p>
}
