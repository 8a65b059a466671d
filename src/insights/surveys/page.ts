/** The page behind a link: a form that needs no script, and what is said when it was sent. */
import { escaped } from '#kernel/html.ts'

export const COMMENT_LENGTH_MAX = 1_000

const STYLE_PATH = '/survey/style.css'
export const STYLE = `body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;
padding:0 1rem;color:#1c1c1c;background:#fff}
fieldset{border:0;padding:0;margin:1.5rem 0}legend{padding:0;font-weight:600}
label{display:block;padding:.4rem 0}textarea{width:100%;box-sizing:border-box;font:inherit}
button{font:inherit;padding:.5rem 1.2rem}
input:focus-visible,textarea:focus-visible,button:focus-visible{outline:3px solid #1a5fb4;
outline-offset:2px}
@media (prefers-color-scheme:dark){body{color:#eee;background:#1c1c1c}
textarea,button{color:#eee;background:#333;border:1px solid #777}}
`

const SCORES = ['very bad', 'bad', 'neither', 'good', 'very good']

interface Question {
  readonly title: string
  readonly question: string
  readonly closesAt: number
}

/** `problem`: what was sent could not be taken. */
export function formPage({ title, question, closesAt }: Question, problem?: string): string {
  const choices = SCORES.map((says, i) => {
    const score = i + 1
    const input = `<input type="radio" name="score" value="${score}" required>`
    return `<label>${input} ${score}: ${says}</label>`
  })
  const until = new Date(closesAt).toISOString().slice(0, 10)
  const wrong = problem === undefined ? '' : `<p role="alert">${escaped(problem)}</p>\n`
  return page(
    title,
    `${wrong}<form method="post">
<fieldset><legend>${escaped(question)}</legend>
${choices.join('\n')}
</fieldset>
<label>What should be better, or stay as it is? (may be left out)
<textarea name="comment" rows="5" maxlength="${COMMENT_LENGTH_MAX}"></textarea></label>
<p><button>Send</button></p>
</form>
<p>Nobody is told who you are. Answers are shown when there are five, and until ${until} you can
give one.</p>`,
  )
}

export const saidPage = (title: string, says: string): string =>
  page(title, `<p>${escaped(says)}</p>`)

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><link rel="stylesheet" href="${STYLE_PATH}"></head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`
}

/** Letters and lines, and nothing that a terminal or a reader of tables would obey. */
export function commentIn(said: string): string | undefined {
  const text = said
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (mark) => (mark === '\n' ? mark : ''))
    .trim()
    .slice(0, COMMENT_LENGTH_MAX)
    .toWellFormed()
  return text === '' ? undefined : text
}
