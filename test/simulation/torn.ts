/**
 * A connection that is lost in the middle of a letter of statements: the server has run some of
 * them, perhaps the commit among them, and whoever sent it hears of none. It is done by the server
 * itself, told in the same letter to end this very connection, so it is the same each time.
 */
import type pg from 'pg'
import type { Batch } from '#engine/batch.ts'

/** SQLSTATE 57P01 and its like. */
const SHUTTING_DOWN = '57P'
const EXECUTE = 'E'.charCodeAt(0)
/** A letter of the protocol: its kind, then the length of the rest. */
const HEAD_BYTES = 5
const END_YOURSELF = 'select pg_terminate_backend(pg_backend_pid())'

/** After this share of its statements; what it answers is an error, once the connection is gone. */
export function tear(batch: Batch, share: number, gone: Promise<unknown>): void {
  const submit = batch.submit.bind(batch)
  const fail = batch.handleError.bind(batch)
  batch.submit = (connection) => submit(withStream(connection, share))
  // Whoever is told first, that it failed or that it is gone, decides what is tried on it next.
  const failOnceGone: Batch['handleError'] = async (error, connection) => {
    // A statement that was refused before: what stands behind it in the letter is not read.
    const isLost = !('code' in error) || String(error.code).startsWith(SHUTTING_DOWN)
    if (isLost) await gone
    fail(error, connection)
  }
  batch.handleError = failOnceGone
}

function withStream(connection: pg.Connection, share: number): pg.Connection {
  const write = (letter: Buffer) => connection.stream.write(torn(letter, share))
  return Object.create(connection, { stream: { value: { writable: true, write } } })
}

function torn(letter: Buffer, share: number): Buffer {
  const ends: number[] = []
  for (let at = 0; at < letter.length;) {
    const next = at + 1 + letter.readInt32BE(at + 1)
    if (letter[at] === EXECUTE) ends.push(next)
    at = next
  }
  const place = Math.floor(share * (ends.length + 1))
  const at = place === 0 ? 0 : (ends[place - 1] ?? 0)
  return Buffer.concat([letter.subarray(0, at), endYourself(), letter.subarray(at)])
}

function endYourself(): Buffer {
  const parse = message('P', Buffer.from(`\0${END_YOURSELF}\0\0\0`))
  const bind = message('B', Buffer.alloc(8))
  return Buffer.concat([parse, bind, message('E', Buffer.alloc(5))])
}

function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.write(kind)
  head.writeInt32BE(HEAD_BYTES - 1 + body.length, 1)
  return Buffer.concat([head, body])
}
