/**
 * What a terminal would show of a line: its text in pieces, each with classes for colour and
 * weight. Text is only ever text, never markup; escape sequences that are not about looks, and
 * control characters, are left out.
 */
export interface Piece {
  readonly text: string
  /** As the style sheet has them; empty for plain text. */
  readonly classes: string
}

/** How the text goes on in the next line. */
export interface Look {
  readonly colour: string
  readonly ground: string
  readonly marks: readonly Mark[]
}
type Mark = 'bold' | 'dim' | 'italic' | 'underline' | 'inverse'

export const PLAIN: Look = { colour: '', ground: '', marks: [] }

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
const MARKS: Readonly<Record<number, Mark>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
}
const UNMARKS: Readonly<Record<number, readonly Mark[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
}

/** CSI with its final letter, OSC up to its end, any other escape, any control character. */
const SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /\u001b\[([\d;:?<=>]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_]?|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

export function piecesOf(line: string, from: Look): { pieces: Piece[]; look: Look } {
  const pieces: Piece[] = []
  let look = from
  let at = 0
  const add = (text: string) => {
    const classes = classesOf(look)
    const last = pieces.at(-1)
    if (text === '') return
    if (last?.classes === classes) pieces[pieces.length - 1] = { text: last.text + text, classes }
    else pieces.push({ text, classes })
  }
  for (const found of line.matchAll(SEQUENCE)) {
    add(line.slice(at, found.index))
    at = found.index + found[0].length
    const [, codes, final] = found
    if (final === 'm' && codes !== undefined) look = lookAfter(look, codes)
  }
  add(line.slice(at))
  return { pieces, look }
}

function lookAfter(before: Look, said: string): Look {
  const codes = said.split(/[;:]/).map(Number)
  let look = before
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(i + 1))
      look = code === 38 ? { ...look, colour } : { ...look, ground: colour }
      i += used
    } else look = lookOf(look, code)
  }
  return look
}

function lookOf(look: Look, code: number): Look {
  if (code === 0) return PLAIN
  const mark = MARKS[code]
  if (mark !== undefined) return { ...look, marks: [...new Set([...look.marks, mark])] }
  const gone = UNMARKS[code]
  if (gone !== undefined)
    return { ...look, marks: look.marks.filter((each) => !gone.includes(each)) }
  if (code === 39) return { ...look, colour: '' }
  if (code === 49) return { ...look, ground: '' }
  const [tens, name] = [Math.floor(code / 10), NAMES[code % 10]]
  if (name === undefined) return look
  if (tens === 3 || tens === 9) return { ...look, colour: name }
  return tens === 4 || tens === 10 ? { ...look, ground: name } : look
}

/** `5;n` of 256, or `2;r;g;b`: the nearest of the eight, which both schemes can show. */
function extended([kind, ...rest]: readonly number[]): { colour: string; used: number } {
  if (kind === 5) return { colour: ofPalette(rest[0] ?? 0), used: 2 }
  if (kind !== 2) return { colour: '', used: 1 }
  const [red = 0, green = 0, blue = 0] = rest
  return { colour: nearest(red, green, blue), used: 4 }
}

function ofPalette(n: number): string {
  if (n < 16) return NAMES[n % 8] ?? ''
  if (n >= 232) return n < 244 ? 'black' : 'white'
  const part = (step: number) => (Math.floor((n - 16) / step) % 6) * 51
  return nearest(part(36), part(6), part(1))
}

function nearest(...parts: readonly [red: number, green: number, blue: number]): string {
  const [most, least] = [Math.max(...parts), Math.min(...parts)]
  // Grey has no hue to keep.
  if (most - least < 40) return most < 128 ? 'black' : 'white'
  const middle = (most + least) / 2
  const bits = parts.reduce((all, part, i) => all | (part > middle ? 1 << i : 0), 0)
  return NAMES[bits] ?? ''
}

function classesOf({ colour, ground, marks }: Look): string {
  const named = [
    ...(colour === '' ? [] : [`ansi-${colour}`]),
    ...(ground === '' ? [] : [`ansi-on-${ground}`]),
    ...marks.map((mark) => `ansi-${mark}`),
  ]
  return named.join(' ')
}

export interface Stretch extends Piece {
  readonly isFound: boolean
}

/** The same pieces, parted where the text that was searched for begins and ends. */
export function withFound(pieces: readonly Piece[], sought: string): Stretch[] {
  const plain = (piece: Piece) => ({ ...piece, isFound: false })
  if (sought === '') return pieces.map(plain)
  const text = pieces.map((piece) => piece.text).join('')
  const borders = new Map<number, boolean>()
  const low = text.toLowerCase()
  const wanted = sought.toLowerCase()
  // Letters that change their length with their case would shift every place behind them.
  if (low.length !== text.length) return pieces.map(plain)
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
    borders.set(at, true)
    borders.set(at + wanted.length, borders.get(at + wanted.length) ?? false)
  }
  const stretches: Stretch[] = []
  let [place, isFound] = [0, false]
  for (const { text: all, classes } of pieces) {
    let from = 0
    for (let i = 0; i < all.length; i++) {
      const border = borders.get(place + i)
      if (border === undefined || border === isFound) continue
      if (i > from) stretches.push({ text: all.slice(from, i), classes, isFound })
      ;[from, isFound] = [i, border]
    }
    stretches.push({ text: all.slice(from), classes, isFound })
    place += all.length
  }
  return stretches
}
