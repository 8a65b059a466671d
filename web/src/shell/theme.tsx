/** Light, dark, or as the machine has it. */
import { Monitor, Moon, Sun } from 'lucide-react'
import { useEffect } from 'react'
import { keep, useKept } from './kept.ts'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]
const ICONS = { system: Monitor, light: Sun, dark: Moon } as const
const SAYS = { system: 'as the machine has it', light: 'light', dark: 'dark' } as const

export function ThemeButton() {
  const kept = useKept('theme')
  const theme: Theme = THEMES.find((each) => each === kept) ?? 'system'
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === 'system' ? '' : theme
  }, [theme])
  const Icon = ICONS[theme]
  return (
    <button
      type="button"
      aria-label={`Colours: ${SAYS[theme]}; change to ${SAYS[next]}`}
      title={`Colours: ${SAYS[theme]}`}
      onClick={() => keep('theme', next)}
      className="icon-button"
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  )
}
