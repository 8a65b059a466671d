/**
 * How the embedded server is set. Only what differs from PostgreSQL's default, or what we rely on
 * so much that an edited postgresql.conf must not undo it. All are given on the command line: a
 * server that is adopted keeps those it was started with.
 */
export type Settings = Readonly<Record<string, string>>

export const DEFAULT_SETTINGS: Settings = {
  // A confirmed event survives a power cut. Group commit makes this affordable.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Enough for hot indexes; the rest is cached by the operating system, which gives it back.
  shared_buffers: '64MB',
  // A few processes with a pool of 16 each, and room for a person with a client.
  max_connections: '100',
  // Readers of events wait for the oldest open transaction: one left open would hold up everyone.
  idle_in_transaction_session_timeout: '10s',
  // Our queries are short; compiling one costs more than running it.
  jit: 'off',
  // Hot backups need the full log, but nobody replicates from an embedded server.
  wal_level: 'replica',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Bounds how much is replayed after a crash, and so how long the next start takes.
  max_wal_size: '512MB',
  // Three fewer processes; the data fits in memory, so there is little to read ahead.
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // A version conflict is everyday life here. The client that gets the error knows its statement.
  log_min_error_statement: 'panic',
  // One line every few minutes that nobody acts upon.
  log_checkpoints: 'off',
}

/**
 * How all files of a database are made durable at once, after it is made and before a recovery. One
 * call for the whole disk, where the system has it: with a file each, some thousand waits add up to
 * seconds on a busy disk (measured: 0.1 to 1.2 s against 0.9 to 3.9 s).
 */
export const SYNC_METHOD = process.platform === 'linux' ? 'syncfs' : 'fsync'

/** Command-line arguments. What the supervisor itself depends on comes last, where it wins. */
export function serverArguments(at: {
  readonly cluster: string
  readonly socketDir: string
  readonly port: number
  readonly settings: Settings
}): string[] {
  const settings = {
    ...DEFAULT_SETTINGS,
    recovery_init_sync_method: SYNC_METHOD,
    ...at.settings,
    // No TCP: no port to clash, nothing for others on the network or the machine to reach.
    listen_addresses: '',
    // A list, in which quotes keep a comma in a path from ending it.
    unix_socket_directories: `"${at.socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: String(at.port),
    // We read the server's own log to learn why it would not start.
    logging_collector: 'off',
    log_destination: 'stderr',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', at.cluster, ...flags]
}
