/**
 * One at a time for each key, first come first served, inside this process. Work on one file that
 * reads, thinks and writes must not interleave with itself; work on two files may.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const { promise: mine, resolve: done } = Promise.withResolvers<void>()
    this.#last.set(key, mine)
    await before
    try {
      return await work()
    } finally {
      done()
      // The map holds only keys that somebody waits on or works on.
      if (this.#last.get(key) === mine) this.#last.delete(key)
    }
  }
}
