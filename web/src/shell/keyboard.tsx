/** Obeys the keys on every page; what they open is loaded when it is first wanted. */
import { useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef } from 'react'
import { useKept } from './kept.ts'
import { actOf, type KeyAct } from './keys.ts'

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }))
const Help = lazy(async () => ({ default: (await import('./help.tsx')).Help }))

/** Who pressed `g` and then thinks for longer meant something else. */
const GOING_MS = 1_500
const FIELD = 'input:not([type=checkbox]), textarea, select, [contenteditable]'
const ROWS = 'main tbody tr, main li[data-row]'

export type Opened = 'search' | 'help' | undefined

export function Keyboard({ opened, onOpen }: { opened: Opened; onOpen: (what: Opened) => void }) {
  const navigate = useNavigate()
  const goingSince = useRef(-Infinity)
  const hasSingleKeys = useKept('keys') !== 'off'
  useEffect(() => {
    const obey = (act: KeyAct) => {
      switch (act.do) {
        case 'await':
          goingSince.current = performance.now()
          return
        case 'go':
          void navigate({ to: act.to })
          return
        case 'move':
          moveFocus(act.by)
          return
        case 'search':
        case 'help':
          onOpen(act.do)
      }
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.altKey) return
      const isIn = (what: string) => event.target instanceof Element && !!event.target.closest(what)
      const act = actOf({
        key: event.key,
        isCommand: event.metaKey || event.ctrlKey,
        isInField: isIn(FIELD),
        isInDialog: document.querySelector('[role=dialog], [role=alertdialog]') !== null,
        isGoing: performance.now() - goingSince.current < GOING_MS,
        hasSingleKeys,
      })
      goingSince.current = -Infinity
      if (act === undefined) return
      event.preventDefault()
      obey(act)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate, onOpen, hasSingleKeys])
  const close = () => onOpen(undefined)
  return (
    <Suspense>
      {opened === 'search' && <Palette onClose={close} />}
      {opened === 'help' && <Help onClose={close} />}
    </Suspense>
  )
}

/** To the first thing of the next row that can be used. */
function moveFocus(by: 1 | -1): void {
  const stops = [...document.querySelectorAll(ROWS)].flatMap((row) => {
    const stop = row.querySelector<HTMLElement>('a, button:enabled, summary')
    return stop === null ? [] : [{ row, stop }]
  })
  const at = stops.findIndex(({ row }) => row.contains(document.activeElement))
  const next = at === -1 ? (by === 1 ? 0 : stops.length - 1) : at + by
  stops[next]?.stop.focus()
}
