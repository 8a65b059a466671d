/** What tools that tests start need of the person who tests: where programs are, and their caches. */
export const SURROUNDINGS = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/nonexistent',
}
