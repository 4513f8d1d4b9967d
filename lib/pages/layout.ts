import type { Html } from './html'
import { html } from './html'
import type { Page, View } from './parts'
import { button, ownWords, postForm } from './parts'

function account({ path, userLabel, words }: Page): Html {
  return html`<footer class="account">
${userLabel !== undefined && html`<p>${words.signedInAs} ${ownWords(userLabel)}</p>`}
${postForm(`${path}/sign-out`, button(words.signOut, 'quiet'))}
</footer>`
}

/** Puts a view into a whole page. Everything in it works without the script, which only shortens ways. */
export function layOut({ title, main, isSignedOut }: View, page: Page): Html {
  const heading = page.error ? page.words.errorIn(title) : title
  return html`<!doctype html>
<html lang="${page.locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading} – ${page.issuer}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${page.path}/style.css">
<script src="${page.path}/script.js" defer></script>
</head>
<body>
<header class="site"><p>${page.issuer}</p></header>
<main>
<h1>${title}</h1>
${main}
</main>
${!isSignedOut && account(page)}
</body>
</html>
`
}
