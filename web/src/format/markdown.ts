/**
 * What people write in release notes, a part of Markdown, as parts to draw: nothing in it becomes
 * HTML, a link leads nowhere but to the web or to mail, and what is not known is shown as it stands.
 */
export type Inline =
  | { readonly kind: 'text' | 'strong' | 'emphasis' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly to: string }

export type MarkdownBlock =
  | { readonly kind: 'heading'; readonly level: 2 | 3 | 4; readonly parts: readonly Inline[] }
  | { readonly kind: 'paragraph' | 'quote'; readonly parts: readonly Inline[] }
  | {
      readonly kind: 'list'
      readonly isOrdered: boolean
      readonly items: readonly (readonly Inline[])[]
    }
  | { readonly kind: 'code'; readonly text: string }

type Draft =
  | { kind: 'heading'; level: 2 | 3 | 4; text: string }
  | { kind: 'paragraph' | 'quote'; text: string }
  | { kind: 'list'; isOrdered: boolean; items: string[] }
  | { kind: 'code'; text: string }

export function markdownBlocks(markdown: string): readonly MarkdownBlock[] {
  return drafts(markdown.split('\n')).map((draft): MarkdownBlock => {
    switch (draft.kind) {
      case 'code':
        return draft
      case 'list':
        return { ...draft, items: draft.items.map(inlines) }
      case 'heading':
        return { kind: 'heading', level: draft.level, parts: inlines(draft.text) }
      case 'paragraph':
      case 'quote':
        return { kind: draft.kind, parts: inlines(draft.text) }
    }
  })
}

const FENCE = /^\s{0,3}(```|~~~)/

function drafts(lines: readonly string[]): readonly Draft[] {
  const blocks: Draft[] = []
  let fence: { readonly mark: string; readonly lines: string[] } | undefined
  let isOpen = false
  for (const line of lines) {
    const mark = FENCE.exec(line)?.[1]
    if (fence !== undefined) {
      if (mark === fence.mark) fence = closed(blocks, fence.lines)
      else fence.lines.push(line)
    } else if (mark !== undefined) {
      fence = { mark, lines: [] }
      isOpen = false
    } else isOpen = readLine(blocks, line, isOpen)
  }
  // One that nobody closed reaches to the end, as everywhere.
  if (fence !== undefined) closed(blocks, fence.lines)
  return blocks
}

function closed(blocks: Draft[], lines: readonly string[]): undefined {
  blocks.push({ kind: 'code', text: lines.join('\n') })
  return undefined
}

/** Answers whether what comes next may go on with the same block. */
function readLine(blocks: Draft[], line: string, isOpen: boolean): boolean {
  const last = isOpen ? blocks.at(-1) : undefined
  if (line.trim() === '') return false
  const heading = /^(#{1,6}) +(.*)$/.exec(line)
  if (heading !== null) {
    const level = Math.min(4, Math.max(2, heading[1]?.length ?? 2)) as 2 | 3 | 4
    blocks.push({ kind: 'heading', level, text: heading[2] ?? '' })
    return false
  }
  const item = /^\s{0,6}(?:([-*+])|\d{1,9}[.)]) +(.*)$/.exec(line)
  if (item !== null) {
    const [isOrdered, text] = [item[1] === undefined, item[2] ?? '']
    if (last?.kind === 'list' && last.isOrdered === isOrdered) last.items.push(text)
    else blocks.push({ kind: 'list', isOrdered, items: [text] })
    return true
  }
  const quote = /^> ?(.*)$/.exec(line)?.[1]
  const kind = quote === undefined ? 'paragraph' : 'quote'
  const text = (quote ?? line).trim()
  if (last?.kind === 'list' && quote === undefined)
    last.items.push(`${last.items.pop() ?? ''} ${text}`)
  else if (last?.kind === kind) last.text += ` ${text}`
  else blocks.push({ kind, text })
  return true
}

/** Code, a link, strong, emphasis, an escaped mark, an address, or whatever stands before the next. */
const PART =
  /`([^`]+)`|\[([^\][]*)\]\(([^()\s]*)\)|\*\*((?:\\.|[^*\\])+)\*\*|\*((?:\\.|[^*\\])+)\*|\\([!-/:-@[-`{-~])|(https?:\/\/[^\s<>()\][`*]+)|[^`[*\\h]+|./gsu

export function inlines(text: string): readonly Inline[] {
  const parts: Inline[] = []
  for (const [whole, code, name, to, strong, emphasis, escaped, address] of text.matchAll(PART)) {
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (to !== undefined) parts.push(linked(unescaped(name ?? ''), to, whole))
    else if (strong !== undefined) parts.push({ kind: 'strong', text: unescaped(strong) })
    else if (emphasis !== undefined) parts.push({ kind: 'emphasis', text: unescaped(emphasis) })
    else if (address !== undefined) parts.push(linked(address, address, address))
    else parts.push({ kind: 'text', text: escaped ?? whole })
  }
  return merged(parts)
}

/** Of a link that leads elsewhere every letter is shown, and nothing can be pressed. */
function linked(text: string, to: string, whole: string): Inline {
  return isSafe(to) && text !== '' ? { kind: 'link', text, to } : { kind: 'text', text: whole }
}

export function isSafe(to: string): boolean {
  if (!URL.canParse(to)) return false
  return ['http:', 'https:', 'mailto:'].includes(new URL(to).protocol)
}

const unescaped = (text: string) => text.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')

function merged(parts: readonly Inline[]): readonly Inline[] {
  const all: Inline[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (last?.kind === 'text' && part.kind === 'text')
      all[all.length - 1] = { kind: 'text', text: last.text + part.text }
    else all.push(part)
  }
  return all
}
