/**
 * What somebody points at stays where it is: while a pointer is on a list, its rows
 * keep their places and only what they say is brought up to date; what is new is counted, and
 * comes when it is asked for, or when they turn away.
 */
import { useEffect, useRef, useState } from 'react'

export interface Stilled<Row> {
  readonly shown: readonly Row[]
  /** Of which nothing is shown yet. */
  readonly newer: number
}

/** `held` is what was there when somebody came to it; undefined: nobody is there. */
export function stilled<Row>(
  held: readonly Row[] | undefined,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): Stilled<Row> {
  if (held === undefined) return { shown: rows, newer: 0 }
  const now = new Map(rows.map((row) => [keyOf(row), row]))
  const shown = held.map((row) => now.get(keyOf(row)) ?? row)
  const known = new Set(held.map(keyOf))
  return { shown, newer: rows.filter((row) => !known.has(keyOf(row))).length }
}

const lists = new Set<() => void>()

/** Who has done something wants to see what came of it, wherever the pointer is. */
export function letAllGo(): void {
  for (const letGo of lists) letGo()
}

export function useStill<Row>(rows: readonly Row[], keyOf: (row: Row) => string) {
  const [held, setHeld] = useState<readonly Row[]>()
  const element = useRef<HTMLElement | null>(null)
  const isHeld = held !== undefined
  // Whoever narrows the list, or does anything else elsewhere, wants to see what comes of it.
  useEffect(() => {
    if (!isHeld) return undefined
    const letGo = (event: Event) => {
      if (event.target instanceof Node && element.current?.contains(event.target) === true) return
      setHeld(undefined)
    }
    const kinds = ['input', 'change', 'keydown', 'click'] as const
    const letOneGo = () => setHeld(undefined)
    lists.add(letOneGo)
    for (const kind of kinds) document.addEventListener(kind, letGo, true)
    return () => {
      lists.delete(letOneGo)
      for (const kind of kinds) document.removeEventListener(kind, letGo, true)
    }
  }, [isHeld])
  const hold = () => {
    if (!isHeld) setHeld(rows)
  }
  const letGo = () => setHeld(undefined)
  return {
    ...stilled(held, rows, keyOf),
    letGo,
    on: {
      ref: (at: HTMLElement | null) => void (element.current = at),
      onPointerMove: hold,
      onPointerLeave: letGo,
    },
  }
}
