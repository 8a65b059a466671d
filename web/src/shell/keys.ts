/** What a key means: one table for the page that obeys it and the help that lists it. */
import { PAGES, type PageTo } from './pages.ts'

export interface Pressed {
  readonly key: string
  readonly isCommand: boolean
  /** Whoever writes wants letters. */
  readonly isInField: boolean
  readonly isInDialog: boolean
  /** `g` was pressed just before. */
  readonly isGoing: boolean
  /** Somebody who speaks to the machine, or has unsteady hands, may turn single keys off. */
  readonly hasSingleKeys: boolean
}

export type KeyAct =
  | { readonly do: 'search' }
  | { readonly do: 'help' }
  | { readonly do: 'await' }
  | { readonly do: 'go'; readonly to: PageTo }
  | { readonly do: 'move'; readonly by: 1 | -1 }

export function actOf(pressed: Pressed): KeyAct | undefined {
  const { key, isCommand, isInField, isInDialog, isGoing, hasSingleKeys } = pressed
  if (isCommand) return key.toLowerCase() === 'k' ? { do: 'search' } : undefined
  if (isInField || isInDialog || !hasSingleKeys) return undefined
  if (isGoing) {
    const page = PAGES.find((each) => each.key === key)
    return page && { do: 'go', to: page.to }
  }
  switch (key) {
    case 'g':
      return { do: 'await' }
    case '?':
      return { do: 'help' }
    case '/':
      return { do: 'search' }
    case 'j':
      return { do: 'move', by: 1 }
    case 'k':
      return { do: 'move', by: -1 }
    default:
      return undefined
  }
}

/** As the help lists them; `PAGES` says the rest. */
export const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['⌘', 'K'], 'Search everything (Ctrl K elsewhere)'],
  [['/'], 'The same'],
  [['j'], 'Next row'],
  [['k'], 'Row before'],
  [['?'], 'This list'],
  [['Esc'], 'Close what is open'],
]
