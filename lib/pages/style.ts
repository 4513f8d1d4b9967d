/**
 * The pages' style sheet. Its colours, fonts and measures are custom properties: an app that answers
 * `{path}/style.css` itself, with this sheet and a `:root { … }` of its own after it, gives the pages its look.
 * The defaults keep WCAG 2.2 AA contrast (4.5:1 for text, 3:1 for fields) in light and dark.
 * @see docs/pages.md for the properties
 */
export const STYLE_SHEET: string = `:root {
  color-scheme: light dark;
  --tf-accent: #1d4ed8;
  --tf-on-accent: #ffffff;
  --tf-page: #f6f7f9;
  --tf-surface: #ffffff;
  --tf-line: #868e99;
  --tf-text: #1b1f24;
  --tf-muted: #57606a;
  --tf-danger: #b3261e;
  --tf-warning: #8a5300;
  --tf-font: system-ui, sans-serif;
  --tf-code-font: ui-monospace, Menlo, Consolas, monospace;
  --tf-radius: 8px;
  --tf-width: 30rem;
}

@media (prefers-color-scheme: dark) {
  :root {
    --tf-accent: #8ab4ff;
    --tf-on-accent: #0b1526;
    --tf-page: #14171b;
    --tf-surface: #1d2126;
    --tf-line: #717b87;
    --tf-text: #e8eaed;
    --tf-muted: #a9b1bb;
    --tf-danger: #ff9c94;
    --tf-warning: #f0b860;
  }
}

*, *::before, *::after { box-sizing: border-box; }

body {
  margin: 0;
  background: var(--tf-page);
  color: var(--tf-text);
  font: 1rem/1.5 var(--tf-font);
  overflow-wrap: anywhere;
}

main, .site, .account {
  max-width: var(--tf-width);
  margin-inline: auto;
  padding-inline: 1rem;
}
main:last-child { padding-bottom: 3rem; }

.site { padding-block: 2rem 1rem; }
.site p { margin: 0; font-weight: 600; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2rem 0 0.5rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: 0 0 0.75rem; }
h3 + p:not(.hint) { margin-bottom: 0.25rem; }
a { color: var(--tf-accent); }
ul, ol { margin: 0 0 1rem; padding: 0; }
ul { list-style: none; }
form, fieldset { margin: 0 0 1rem; }

.card {
  margin-bottom: 1rem;
  padding: 1rem;
  border: 1px solid color-mix(in srgb, var(--tf-line) 45%, transparent);
  border-radius: var(--tf-radius);
  background: var(--tf-surface);
}
.card h2 { margin-top: 0; }
.card > :last-child, .card form:last-child { margin-bottom: 0; }

.hint, .risk, .account { color: var(--tf-muted); font-size: 0.875rem; }
.risk { padding-left: 0.75rem; border-left: 3px solid var(--tf-line); }
.attempts { color: var(--tf-warning); font-weight: 600; }

.notice {
  margin-bottom: 1.25rem;
  padding: 0.75rem 1rem;
  border: 1px solid var(--tf-line);
  border-left-width: 4px;
  border-radius: var(--tf-radius);
  background: var(--tf-surface);
}
.notice p { margin: 0; }
.notice-title { font-weight: 600; }
.notice.error { border-color: var(--tf-danger); }
.notice.error .notice-title { color: var(--tf-danger); }
.notice.warning { border-color: var(--tf-warning); }
.notice.action { border-color: var(--tf-accent); }

.badge {
  display: inline-block;
  padding: 0 0.5rem;
  border: 1px solid var(--tf-line);
  border-radius: 1rem;
  color: var(--tf-muted);
  font-size: 0.8rem;
  font-weight: 400;
}

.together { white-space: nowrap; }
.field { margin-bottom: 1rem; }
label, legend { font-weight: 600; }
legend { padding: 0; }
.field .hint { margin: 0; }
fieldset { padding: 0; border: 0; }

input:not([type=checkbox], [type=radio]), select {
  display: block;
  width: 100%;
  min-height: 2.75rem;
  margin-top: 0.25rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--tf-line);
  border-radius: var(--tf-radius);
  background: var(--tf-surface);
  color: inherit;
  font: inherit;
}
input[aria-invalid=true] { border: 2px solid var(--tf-danger); }
input.code-input { font: 1.4rem/1.5 var(--tf-code-font); letter-spacing: 0.15em; }
input.code-input.long { font-size: 1.1rem; letter-spacing: 0.05em; }

.tick {
  display: grid;
  grid-template-columns: 1.25rem 1fr;
  gap: 0 0.75rem;
  align-items: center;
  margin-block: 0.5rem 1rem;
}
.tick input { width: 1.25rem; height: 1.25rem; margin: 0; accent-color: var(--tf-accent); }
.tick label { font-weight: 400; padding-block: 0.25rem; }
.tick .hint { grid-column: 2; margin: 0; }
fieldset .tick { margin-block: 0.25rem; }

.button {
  display: inline-block;
  width: 100%;
  min-height: 2.75rem;
  padding: 0.6rem 1rem;
  border: 1px solid transparent;
  border-radius: var(--tf-radius);
  background: none;
  color: var(--tf-accent);
  font: inherit;
  font-weight: 600;
  line-height: 1.4;
  text-align: center;
  text-decoration: none;
  cursor: pointer;
  transition: filter 0.15s;
}
.button:hover { filter: brightness(1.1); }
.button.primary { background: var(--tf-accent); color: var(--tf-on-accent); }
.button.secondary { border-color: var(--tf-line); background: var(--tf-surface); color: var(--tf-text); }
.button.danger { border-color: var(--tf-danger); color: var(--tf-danger); }
.button[aria-disabled] { color: var(--tf-muted); cursor: default; filter: none; }
.button.quiet { width: auto; padding-inline: 0; font-weight: 400; text-decoration: underline; }

:focus-visible { outline: 3px solid var(--tf-accent); outline-offset: 2px; }

details { margin-bottom: 1rem; }
summary { width: fit-content; padding-block: 0.5rem; color: var(--tf-accent); cursor: pointer; }
details[open] > summary { margin-bottom: 0.5rem; }
.choices form { margin-bottom: 0.75rem; }
.actions { display: grid; gap: 0.75rem; }
.links li { padding-block: 0.25rem; }
.resend { display: flex; flex-wrap: wrap; gap: 0 1.25rem; align-items: center; }
.resend form, .resend .hint { margin: 0; }

.status::before { content: ''; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.5em; border-radius: 50%; }
.status.on::before { background: #2e9e5b; }
.status.off::before { border: 2px solid var(--tf-line); }

.qr { margin: 0 0 1rem; }
.qr svg { display: block; width: min(14rem, 100%); height: auto; margin-inline: auto; border-radius: var(--tf-radius); background: #ffffff; }
.key code, .codes code { font-family: var(--tf-code-font); letter-spacing: 0.05em; }
.key code { display: block; max-width: 23ch; margin-inline: auto; }
.key { padding: 0.75rem 1rem; border: 1px dashed var(--tf-line); border-radius: var(--tf-radius); text-align: center; }
.codes {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
  gap: 0.25rem 1rem;
  padding: 1rem 1rem 1rem 2.75rem;
  border: 1px dashed var(--tf-line);
  border-radius: var(--tf-radius);
  background: var(--tf-surface);
}

.tools { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; margin-bottom: 1rem; }
.tools[hidden] { display: none; }
.tools .button { width: auto; }
.tools .hint { margin: 0; }

.account { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: center; padding-block: 1.5rem 3rem; }
.account p, .account form { margin: 0; }
.account .button { font-size: inherit; }

@media (prefers-reduced-motion: reduce) {
  .button { transition: none; }
}

@media (min-width: 40rem) {
  section .button.secondary, section .button.danger { width: auto; }
}

@media print {
  :root { color-scheme: light; --tf-page: #ffffff; --tf-surface: #ffffff; --tf-text: #000000; --tf-line: #000000; }
  .account, .tools, form { display: none; }
  .codes { font-size: 14pt; break-inside: avoid; }
}
`
