/** A titled region of a page. */
import { type ReactNode, useId } from 'react'

export function Card({
  title,
  id: anchor,
  aside,
  children,
}: {
  title: string
  /** To link to. */
  id?: string
  aside?: ReactNode
  children: ReactNode
}) {
  const id = useId()
  return (
    <section id={anchor} aria-labelledby={id} className="border-line bg-card rounded-lg border">
      <header className="flex flex-wrap items-baseline justify-between gap-x-4 px-4 pt-3">
        <h2 id={id}>{title}</h2>
        {aside !== undefined && <div className="text-quiet text-xs">{aside}</div>}
      </header>
      <div className="px-4 pt-2 pb-4">{children}</div>
    </section>
  )
}

export function Quiet({ children }: { children: ReactNode }) {
  return <p className="text-quiet">{children}</p>
}
