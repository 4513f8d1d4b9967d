/** Markup made by {@link html}; everything else is escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = Html | string | number | false | undefined | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Builds markup from a template; every value is escaped unless it is markup already. Attributes stand in quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((markup, string, index) => markup + write(parts[index - 1]) + string))
}

function write(part: Part): string {
  if (part instanceof Html) return part.markup
  if (Array.isArray(part)) return part.map(write).join('')
  if (part === undefined || part === false) return ''
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
