/**
 * A list of any length in a box that scrolls. Browsers bear some millions of pixels; beyond that
 * the bar stands for the whole and pixels for less than a row each. The row at the top is kept as a
 * number, since a scroll position cannot hold it.
 */
export const ROW_PX = 20
/** Firefox goes to 17.8 million, others further. */
export const HEIGHT_PX_MAX = 12_000_000

export interface Box {
  readonly rows: number
  readonly heightPx: number
}

/** Rows that fit, the last perhaps in part. */
export const rowsIn = ({ heightPx }: Box) => heightPx / ROW_PX
export const topMax = (box: Box) => Math.max(0, box.rows - rowsIn(box))
export const innerPx = ({ rows }: Box) => Math.min(rows * ROW_PX, HEIGHT_PX_MAX)

const wayPx = (box: Box) => Math.max(0, innerPx(box) - box.heightPx)

/** The row at the top of the box, from where it was scrolled to. */
export function topAt(scrollPx: number, box: Box): number {
  const way = wayPx(box)
  return way === 0 ? 0 : (Math.min(Math.max(0, scrollPx), way) / way) * topMax(box)
}

export function scrollTo(top: number, box: Box): number {
  const most = topMax(box)
  return most === 0 ? 0 : (Math.min(Math.max(0, top), most) / most) * wayPx(box)
}

/** Rows to draw: what is seen, and some around it, so that a small move shows no gap. */
export function drawn(top: number, box: Box): { readonly first: number; readonly count: number } {
  const around = 8
  const first = Math.max(0, Math.floor(top) - around)
  const end = Math.min(box.rows, Math.ceil(top + rowsIn(box)) + around)
  return { first, count: Math.max(0, end - first) }
}

/** The row at the top that brings this one into sight, a third down, if it is not there already. */
export function topFor(row: number, top: number, box: Box): number {
  const isSeen = row >= Math.ceil(top) && row <= Math.floor(top + rowsIn(box)) - 1
  const wanted = isSeen ? top : row - Math.floor(rowsIn(box) / 3)
  return Math.min(Math.max(0, wanted), topMax(box))
}

/** Where a key brings the top; undefined: the key means nothing here. */
export function topAfter(key: string, top: number, box: Box): number | undefined {
  const page = Math.max(1, Math.floor(rowsIn(box)) - 1)
  const steps: Readonly<Record<string, number>> = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -page,
    PageDown: page,
    Home: -Infinity,
    End: Infinity,
  }
  const step = steps[key]
  return step === undefined ? undefined : Math.min(Math.max(0, top + step), topMax(box))
}
