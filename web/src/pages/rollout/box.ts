/** The look of what matters most on the page, by how it stands. */
export const BOX = 'bg-card rounded-lg border border-l-4 px-4 py-3'
export const EDGE = {
  good: 'border-good',
  bad: 'border-bad',
  open: 'border-open',
  plain: 'border-line',
} as const
