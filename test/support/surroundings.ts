/** What tools that tests start need of the person who tests: where programs are, and their caches. */
export const SURROUNDINGS = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  HOME: process.env['HOME'] ?? '/nonexistent',
}

/** `SIGNALBOX_TEST_S3=http://127.0.0.1:9000/bucket?region=…&id=…&secret=…`: a store to try. */
export const REAL_BUCKET = process.env['SIGNALBOX_TEST_S3']
