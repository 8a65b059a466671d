/**
 * Text for `sh`. What came from a document stands in single quotes or in a quoted here-document;
 * what came from the world stands in a variable. Neither is ever read as a program.
 */

/** Plain words need no quotes, and are read more easily without. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** Inside double quotes: all but the parts that are meant to be filled in. */
export const escaped = (text: string): string => text.replaceAll(/[\\"$`]/g, String.raw`\$&`)

const PLAIN = /^[\w ./:@=,+-]+$/
/** These would end, replace or change the shell that goes on after the line. */
const CHANGES_SHELL = /(^|[ ;])(exit|exec|return|cd|set|export|unset|trap|shift|umask|break)\b/

/** A script in a shell of its own: it may exit, change folders and read its standard input. */
export function inItsOwnShell(script: string, before = ''): string {
  const text = script.trimEnd()
  const isPlain = PLAIN.test(text) && !CHANGES_SHELL.test(text)
  if (isPlain && (before === '' || !text.includes('='))) return `${before}${text}`
  const end = fence(text)
  return `${before}sh -eu -c "$(cat <<'${end}'\n${text}\n${end}\n)"`
}

function fence(text: string): string {
  for (let end = 'RUN'; ; end += '_') if (!text.split('\n').includes(end)) return end
}
