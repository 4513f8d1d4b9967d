import { type Html, html } from './html'
import type { SampleUser } from './users'

/** What went wrong, as it is told to the client. */
export interface Problem {
  status: number
  title: string
  /** The field of the body that is at fault. */
  field?: string
}

/** Puts a page together, in the look of the package's own pages. */
export function layOut(title: string, main: Html, user: SampleUser | null): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Acme</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/two-factor/style.css">
</head>
<body>
<header class="site"><p><a href="/">Acme</a></p></header>
<main>
<h1>${title}</h1>
${main}
</main>
${user ? accountOf(user) : html``}
</body>
</html>
`
}

function accountOf(user: SampleUser): Html {
  return html`<footer class="account">
<p>Signed in as <bdi>${user.email}</bdi></p>
<form method="post" action="/logout"><button class="button quiet">Sign out</button></form>
</footer>`
}

/** One labelled input. */
export interface Field {
  name: string
  label: string
  /** Where the name is not alone on its page. */
  id?: string
  type?: string
  autocomplete?: string
  hint?: string
  value?: string | undefined
}

/** Shows a form that posts, with its fields and one button. */
export function form(action: string, fields: readonly Field[], submit: string): Html {
  return html`<form method="post" action="${action}">
${fields.map(input)}
<button class="button primary">${submit}</button>
</form>`
}

function input({ name, label, id = name, type = 'text', autocomplete = 'off', hint, value = '' }: Field): Html {
  const described = hint ? html` aria-describedby="${id}-hint"` : html``
  return html`<div class="field">
<label for="${id}">${label}</label>
${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
<input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required${described}>
</div>
`
}

/** Shows a problem above the form it is about. */
export function errorNotice(problem: Problem | undefined): Html {
  if (!problem) return html``
  return html`<div class="notice error" role="alert"><p class="notice-title">${problem.title}</p></div>`
}
