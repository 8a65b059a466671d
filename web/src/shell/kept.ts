/** What this browser remembers of its user: nothing that matters, so it may forget. */
import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

function read(name: string): string | null {
  try {
    return localStorage.getItem(`signalbox.${name}`)
  } catch {
    // Switched off by the user: then it lasts as long as the page does.
    return null
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`signalbox.${name}`, value)
  } catch {
    // See above.
  }
  for (const each of listeners) each()
}

export function useKept(name: string): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => read(name),
  )
}
