/**
 * One time chart on a canvas. It is built once and fed new points; only another colour scheme or
 * other weights build it anew. What it shows is said in its label, for whoever cannot see it.
 */
import { useEffect, useRef } from 'react'
import { useKept } from '../../shell/kept.ts'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { dangerPlugin, type Mark, markPlugin, scalesOf } from './chart-options.ts'

export interface Line {
  /** A colour's custom property. */
  readonly colour: string
  readonly width?: number
  readonly dash?: readonly number[]
  readonly values: readonly (number | null)[]
}

interface Props {
  readonly label: string
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  readonly marks: readonly Mark[]
  readonly scale: 'share' | 'evidence' | 'ratio'
  /** From where on it is bad. */
  readonly danger?: number
  /** The index under the pointer; undefined when it left. */
  readonly onPoint: (index: number | undefined) => void
}

const HEIGHT = 170
/** Shown only where they stand so many pixels apart. */
const POINTS = { size: 5, space: 24 }

export function Chart(props: Props) {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const latest = useRef(props)
  latest.current = props
  const { marks, label } = props
  const theme = useKept('theme')
  useEffect(() => {
    const { current: parent } = box
    if (parent === null) return undefined
    const build = () => {
      chart.current?.destroy()
      const { current: now } = latest
      chart.current = new uPlot(optionsOf(parent, now), dataOf(now), parent)
    }
    build()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', build)
    const resized = new ResizeObserver(() =>
      chart.current?.setSize({ width: parent.clientWidth, height: HEIGHT }),
    )
    resized.observe(parent)
    return () => {
      scheme.removeEventListener('change', build)
      resized.disconnect()
      chart.current?.destroy()
      chart.current = undefined
    }
  }, [marks, theme])
  useEffect(() => chart.current?.setData(dataOf(latest.current)), [props.at])
  return <div ref={box} role="img" aria-label={label} style={{ height: HEIGHT }} />
}

const dataOf = ({ at, lines }: Props): uPlot.AlignedData => [
  [...at],
  ...lines.map(({ values }) => [...values]),
]

function optionsOf(parent: HTMLElement, props: Props): uPlot.Options {
  const { lines, marks, scale, danger, onPoint } = props
  const colour = (name: string) => resolved(parent, name)
  const [ink, line] = [colour('--quiet'), colour('--line')]
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'rollout' } },
    ...scalesOf(scale, { ink, line }, marks),
    series: [
      {},
      ...lines.map(({ colour: name, width = 2, dash }) => ({
        stroke: colour(name),
        width,
        ...(dash !== undefined && { dash: [...dash] }),
        // A first measurement alone is no line yet; dashed ones are there to compare with.
        points: dash === undefined ? POINTS : { show: false },
      })),
    ],
    plugins: [
      markPlugin(marks, { ink, line: colour('--field') }),
      ...(danger === undefined ? [] : [dangerPlugin(danger, colour('--bad'))]),
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx, left = -1 } }) => onPoint(left < 0 ? undefined : (idx ?? undefined)),
      ],
    },
  }
}

/** Canvas knows neither custom properties nor `light-dark()`; an element does. */
function resolved(parent: HTMLElement, name: string): string {
  const probe = parent.appendChild(document.createElement('i'))
  probe.style.color = `var(${name})`
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
