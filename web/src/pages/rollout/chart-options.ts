/** Scales, axes and marks of the rollout's charts. */
import type uPlot from 'uplot'
import { percent, time } from '../../format/text.ts'
import { RATIO_MAX, RATIO_MIN } from './metric-series.ts'
import { EVIDENCE_MIN } from './series.ts'

export interface Mark {
  /** Seconds since 1970. */
  readonly at: number
  readonly text: string
  /** Below so many others, where several begin at once. */
  readonly row?: number
}

interface Colours {
  readonly ink: string
  readonly line: string
}

const FONT = 'ui-sans-serif, system-ui, sans-serif'
const FONT_PX = 11
/** Steps of the time axis: its labels have seconds, and none may stand there twice. */
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400]
/** Below this a scale would blow a single failure up to a mountain. */
const SHARE_SHOWN_MIN = 0.02

export function scalesOf(
  kind: 'share' | 'evidence' | 'ratio',
  { ink, line }: Colours,
  marks: readonly Mark[],
): Pick<uPlot.Options, 'scales' | 'axes'> {
  const axis = {
    stroke: ink,
    font: `${FONT_PX}px ${FONT}`,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  }
  const times = (all: number[]) => all.map((seconds) => time(seconds * 1000))
  const x: uPlot.Axis = {
    ...axis,
    incrs: [...SECONDS],
    size: 26,
    gap: 6,
    space: 90,
    values: (_, all) => times(all),
  }
  const y: uPlot.Axis = { ...axis, size: 58, gap: 6, space: 30 }
  // From the first traffic on, which is a moment before the first measurement.
  const start = marks[0]?.at ?? Infinity
  const along: uPlot.Scale = { range: (_, min, max) => [Math.min(min, start), max] }
  return kind === 'share'
    ? {
        scales: {
          x: along,
          y: { range: (_, __, max) => [0, Math.max(SHARE_SHOWN_MIN, (max ?? 0) * 1.15)] },
        },
        axes: [x, { ...y, values: (_, all) => all.map(percent) }],
      }
    : {
        scales: {
          x: along,
          y: {
            distr: 3,
            range: (_, __, max) =>
              kind === 'ratio' ? [RATIO_MIN, RATIO_MAX] : [EVIDENCE_MIN, topDecade(max ?? 1)],
          },
        },
        axes: [
          x,
          {
            ...y,
            splits: (_, __, min, max) => decades(min, max),
            filter: (_, splits) => splits,
            values: (_, all) => all.map(evidenceMark),
          },
        ],
      }
}

/** A bit above the line, so that crossing it shows. */
const topDecade = (max: number) => 10 ** Math.ceil(Math.log10(Math.max(10, max)) + 0.2)

/** Powers of ten, five at most: between them a logarithmic axis is a blur of numbers. */
export function decades(min: number, max: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)]
  const step = Math.max(1, Math.ceil((to - from + 1) / 5))
  const count = Math.floor((to - from) / step) + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => 10 ** (from + i * step))
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' })
const evidenceMark = (value: number) => COMPACT.format(Number(value.toPrecision(1)))

/** Where the weight changed: a thin line, with the new weight at its top. */
export function markPlugin(marks: readonly Mark[], { ink, line }: Colours): uPlot.Plugin {
  return {
    hooks: {
      draw: (chart) => {
        const { ctx, bbox } = chart
        const ratio = devicePixelRatio
        ctx.save()
        ctx.strokeStyle = line
        ctx.fillStyle = ink
        ctx.font = `${FONT_PX * ratio}px ${FONT}`
        ctx.textBaseline = 'top'
        ctx.lineWidth = ratio
        for (const { at, text, row = 0 } of marks) {
          const x = Math.round(chart.valToPos(at, 'x', true))
          if (x < bbox.left - 1 || x > bbox.left + bbox.width) continue
          ctx.beginPath()
          ctx.moveTo(x, bbox.top)
          ctx.lineTo(x, bbox.top + bbox.height)
          ctx.stroke()
          // At the right edge the text stands before its line.
          const isLast = x + ctx.measureText(text).width > bbox.left + bbox.width
          ctx.textAlign = isLast ? 'right' : 'left'
          ctx.fillText(
            text,
            x + (isLast ? -4 : 4) * ratio,
            bbox.top + (2 + row * (FONT_PX + 2)) * ratio,
          )
        }
        ctx.restore()
      },
    },
  }
}

/** Above its limit evidence convicts: shaded, so that crossing the line is seen from afar. */
export function dangerPlugin(above: number, colour: string): uPlot.Plugin {
  return {
    hooks: {
      drawClear: (chart) => {
        const { ctx, bbox } = chart
        const y = chart.valToPos(above, 'y', true)
        const height = Math.min(bbox.height, y - bbox.top)
        if (!(height > 0)) return
        ctx.save()
        ctx.globalAlpha = 0.08
        ctx.fillStyle = colour
        ctx.fillRect(bbox.left, bbox.top, bbox.width, height)
        ctx.restore()
      },
    },
  }
}
