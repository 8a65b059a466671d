/** Buttons: one look a weight. Whoever disables one says why beside it. */
import type { ButtonHTMLAttributes } from 'react'

type Weight = 'plain' | 'strong' | 'danger'

const LOOK: Readonly<Record<Weight, string>> = {
  plain: 'border-field bg-card text-ink enabled:hover:bg-page',
  strong: 'border-accent bg-accent text-card enabled:hover:opacity-90',
  danger: 'border-bad bg-card text-bad enabled:hover:bg-bad enabled:hover:text-card',
}
const SHAPE =
  'inline-flex min-h-8 items-center gap-1.5 rounded-md border px-3 font-medium ' +
  'transition-colors disabled:cursor-not-allowed disabled:opacity-45'

export function Button({
  weight = 'plain',
  className = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { weight?: Weight }) {
  return <button type="button" className={`${SHAPE} ${LOOK[weight]} ${className}`} {...rest} />
}
