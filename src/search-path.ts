/** Where the tools of this machine are looked for: what jobs and targets find on their own. */
export const searchPathIn = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
