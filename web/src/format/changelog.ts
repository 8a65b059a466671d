/**
 * The server's changelog, which is a small part of Markdown, as parts to draw. Nothing in it
 * becomes HTML: what it escapes is text, and what it does not know is shown as it stands.
 */
export interface Inline {
  readonly text: string
  readonly look: 'plain' | 'strong' | 'code'
}

export interface Block {
  readonly kind: 'heading' | 'item' | 'text'
  readonly parts: readonly Inline[]
}

export function changelogBlocks(markdown: string): readonly Block[] {
  const blocks: { kind: Block['kind']; text: string }[] = []
  for (const line of markdown.split('\n')) {
    const heading = /^#{2,3} (.*)$/.exec(line)?.[1]
    const item = /^- (.*)$/.exec(line)?.[1]
    const last = blocks.at(-1)
    if (heading !== undefined) blocks.push({ kind: 'heading', text: heading })
    else if (item !== undefined) blocks.push({ kind: 'item', text: item })
    else if (line.startsWith('  ') && last?.kind === 'item') last.text += ` ${line.trim()}`
    else if (line.trim() !== '') blocks.push({ kind: 'text', text: line })
  }
  return blocks.map(({ kind, text }) => ({ kind, parts: inlines(text) }))
}

function inlines(text: string): readonly Inline[] {
  const parts: Inline[] = []
  // A code span, bold, an escaped character, or whatever stands before the next of them.
  for (const [whole, code, strong] of text.matchAll(
    /`([^`]*)`|\*\*((?:\\.|[^*\\])+)\*\*|\\.|[^`*\\]+|./g,
  )) {
    if (code !== undefined) parts.push({ text: code, look: 'code' })
    else if (strong !== undefined) parts.push({ text: unescaped(strong), look: 'strong' })
    else parts.push({ text: unescaped(whole), look: 'plain' })
  }
  return merged(parts)
}

const unescaped = (text: string) => text.replaceAll(/\\(.)/g, '$1')

function merged(parts: readonly Inline[]): readonly Inline[] {
  return parts.reduce<Inline[]>((all, part) => {
    const last = all.at(-1)
    if (last?.look !== 'plain' || part.look !== 'plain') return [...all, part]
    return [...all.slice(0, -1), { text: last.text + part.text, look: 'plain' }]
  }, [])
}
