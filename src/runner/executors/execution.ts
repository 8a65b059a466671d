/**
 * What every executor hands back for a command that it has started, or found again after the runner
 * itself was killed. An executor knows how to start, ask and kill; when to do so is decided once,
 * in attend.ts.
 */

/** How the command itself ended; what it left behind may still run. */
export interface CommandExit {
  /** Undefined when nobody knows any more. */
  readonly exitCode: number | undefined
  /** The machine took it for want of memory. */
  readonly isOutOfMemory?: boolean
  /** It took more disk than it may, in the words of who saw it. */
  readonly overDisk?: string
  /** It was taken from it by what ran it, which says nothing of the command. */
  readonly lost?: string
}

export interface Execution {
  /** Since when its limit of time counts, where that is later than when it was asked for. */
  readonly startedAt?: number
  /** Rejects when what knew of the command is gone: whether it ended well cannot be told. */
  readonly ended: Promise<CommandExit>
  /** Asks the command and its children to end. */
  terminate(): void | Promise<void>
  isRunning(): boolean | Promise<boolean>
  /** Ends all of it; resolves to whether nothing is left. */
  kill(): Promise<boolean>
  /** Resolves when all that was written has been told to `onOutput`. */
  drain(): Promise<void>
  /** Frees what this process holds of it; the command is not touched. */
  close(): void
}

export interface Listener {
  /** From the first byte on, also when the command was found again. */
  onOutput(chunk: Buffer): void
  /** It wrote something, told or not: nothing is told any more beyond `bytesMax`. */
  onSign(): void
  /** It wrote more than is kept. */
  onCut(): void
}

export interface ShellLine {
  readonly line: string
  readonly env: Readonly<Record<string, string>>
  /** Absolute, of this command alone: where what it prints is kept. */
  readonly state: string
  /** Called when it is about to begin, after all that is said of the waiting for it. */
  onBegin?(): void
}

/** Where the commands of one job run: it, and what runs beside it. */
export interface Executor {
  /** Rejects when the command could not even be started. */
  start(command: ShellLine, listener: Listener): Promise<Execution>
  /** The command that an earlier runner started with this state. */
  adopt(state: string, listener: Listener): Promise<Execution>
}
