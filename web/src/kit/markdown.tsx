/** Text of people as it is drawn: parts and looks, never HTML. */
import { type Inline, type MarkdownBlock, markdownBlocks } from '../format/markdown.ts'

export function Markdown({ text }: { text: string }) {
  return (
    <div className="space-y-2 break-words">
      {markdownBlocks(text).map((block, i) => (
        <Block key={`${i} ${block.kind}`} block={block} />
      ))}
    </div>
  )
}

function Block({ block }: { block: MarkdownBlock }) {
  switch (block.kind) {
    case 'heading':
      // Under the card's own heading, whatever level its author gave it.
      return (
        <h3
          className={
            block.level === 2 ? 'pt-1 text-sm font-semibold' : 'pt-1 text-xs font-semibold'
          }
        >
          <Parts of={block.parts} />
        </h3>
      )
    case 'list': {
      const items = block.items.map((parts, i) => (
        <li key={i}>
          <Parts of={parts} />
        </li>
      ))
      return block.isOrdered ? (
        <ol className="list-decimal space-y-0.5 pl-5">{items}</ol>
      ) : (
        <ul className="list-disc space-y-0.5 pl-5">{items}</ul>
      )
    }
    case 'code':
      return (
        <pre className="bg-page overflow-x-auto rounded p-2 font-mono text-xs" tabIndex={0}>
          {block.text}
        </pre>
      )
    case 'quote':
      return (
        <blockquote className="border-line text-quiet border-l-2 pl-3">
          <Parts of={block.parts} />
        </blockquote>
      )
    case 'paragraph':
      return (
        <p>
          <Parts of={block.parts} />
        </p>
      )
  }
}

function Parts({ of }: { of: readonly Inline[] }) {
  return of.map((part, i) => {
    const key = `${i} ${part.kind}`
    switch (part.kind) {
      case 'link':
        return (
          <a
            key={key}
            href={part.to}
            rel="noopener noreferrer nofollow"
            target="_blank"
            className="underline"
          >
            {part.text}
          </a>
        )
      case 'strong':
        return <strong key={key}>{part.text}</strong>
      case 'emphasis':
        return <em key={key}>{part.text}</em>
      case 'code':
        return (
          <code key={key} className="bg-page rounded px-1 font-mono text-xs">
            {part.text}
          </code>
        )
      case 'text':
        return part.text
    }
  })
}
