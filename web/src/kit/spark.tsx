/** A few bars as small as a word: how long each took; one that failed reaches below the line. */
import type { Past } from '../format/history.ts'

const BAR = 4
const HEIGHT = 16
const LINE = 12

export function Spark({ past, title }: { past: readonly Past[]; title: string }) {
  if (past.length < 2) return null
  const most = Math.max(1, ...past.map(({ tookMs }) => tookMs))
  const path = (isGood: boolean) =>
    past
      .map(({ tookMs, isGood: good }, nth) => {
        if (good !== isGood) return ''
        const high = Math.max(1.5, (tookMs / most) * (LINE - 1))
        return `M${nth * BAR} ${LINE}v${-high}h${BAR - 1}v${isGood ? high : HEIGHT - LINE + high}h${1 - BAR}z`
      })
      .join('')
  return (
    <svg role="img" width={past.length * BAR} height={HEIGHT} className="spark">
      <title>{title}</title>
      <path d={path(true)} fill="var(--good)" />
      <path d={path(false)} fill="var(--bad)" />
    </svg>
  )
}
