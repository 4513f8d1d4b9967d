/** Markup that is safe to put on a page as it is. Only this file makes it. */
export class Html {
  private readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }

  toString(): string {
    return this.markup
  }
}

/** What a template takes: `undefined` and `false` show nothing, so that `condition && html...` reads well. */
export type Part = Html | string | number | undefined | false | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapePart(part: Part): string {
  if (part instanceof Html) return part.toString()
  if (Array.isArray(part)) return part.map(escapePart).join('')
  if (part === undefined || part === false) return ''
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/**
 * Builds markup from a template; every value is escaped unless it is markup already.
 * Attributes have to stand in quotes: the escaping relies on it.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((markup, string, index) => markup + escapePart(parts[index - 1]) + string))
}

/**
 * Passes markup on without escaping it.
 * @param markup - made by us alone: the QR code's SVG
 */
export function raw(markup: string): Html {
  return new Html(markup)
}

/**
 * Keeps a path to go to on this origin: a scheme or a second slash would lead away, or run a script.
 * @returns the path, or `/`
 */
export function keepOwnPath(path: string): string {
  return /^\/(?!\/)[^\s\\]*$/.test(path) ? path : '/'
}
