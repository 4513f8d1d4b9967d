/** Reads a page just as far as the tests need: its forms, its attributes, what a reader sees of it. */

import { renderPage } from '../../lib/pages'
import type { PageContext, ViewName, Views } from '../../lib/pages/models'
import type { Locale } from '../../lib/ports'
import { contextIn } from './samples'
import type { Sample } from './states'

export interface Form {
  method: string
  action: string
  /** Name → value of every field; a field without a value has an empty one. */
  fields: Record<string, string>
  markup: string
}

const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' }

function decode(text: string): string {
  return text.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity)
}

function attributesOf(tag: string): Record<string, string> {
  const pairs = tag.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/g)
  return Object.fromEntries([...pairs].map(([, name, value]) => [name ?? '', decode(value ?? '')]))
}

/** The attributes of every tag of these names. */
export function tagsOf(page: string, ...names: readonly string[]): Record<string, string>[] {
  return [...page.matchAll(/<([a-z0-9]+)((?:\s[a-z-]+(?:="[^"]*")?)*)\s*>/g)]
    .filter(([, name]) => names.includes(name ?? ''))
    .map(([, , attributes]) => attributesOf(attributes ?? ''))
}

const TAG = /<!doctype html>|<\/[a-z0-9]+>|<[a-z0-9]+((?:\s[a-z-]+(?:="[^"<>]*")?)*)\s*>/g

/** Whether a page is made of plain tags with quoted attributes, none of them a handler, and of text. */
export function isPlainMarkup(page: string): boolean {
  const withoutSvg = page.replace(/<svg.*?<\/svg>/gs, '')
  const attributes = [...withoutSvg.matchAll(TAG)].map(([, all = '']) => all.replace(/="[^"]*"/g, '')).join(' ')
  return !/[<>]/.test(withoutSvg.replace(TAG, '')) && !/\s(on[a-z]+|style|srcdoc)\b/.test(attributes)
}

/** Every form of a page. */
export function formsOf(page: string): Form[] {
  return [...page.matchAll(/<form method="(\w+)" action="([^"]*)">(.*?)<\/form>/gs)].map(
    ([, method = '', action = '', markup = '']) => ({
      method,
      action: decode(action),
      markup,
      fields: Object.fromEntries(
        tagsOf(markup, 'input', 'select')
          .filter(({ name }) => name !== undefined)
          .map(({ name, value }) => [name ?? '', value ?? '']),
      ),
    }),
  )
}

/** The forms that post to a path under the mount. */
export function formsTo(page: string, path: string): Form[] {
  return formsOf(page).filter(({ method, action }) => method === 'post' && action === `/two-factor${path}`)
}

/** The pieces of text a reader sees or hears, in order. */
export function textsOf(page: string): string[] {
  const body = page.replace(/<svg.*?<\/svg>/gs, '')
  const spoken = tagsOf(body, 'div', 'ol', 'section').map((attributes) => attributes['aria-label'] ?? '')
  const seen = body.split(/<[^>]*>/)
  return [...seen, ...spoken].map((text) => decode(text).trim()).filter((text) => text !== '')
}

/** What a reader sees, in one piece. */
export function textOf(page: string): string {
  return decode(page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' '))
}

/** Renders a view in a language. */
export function pageOf<Name extends ViewName>(
  view: Name,
  model: Views[Name],
  locale: Locale = 'en',
  context: Partial<PageContext> = {},
): string {
  return renderPage(view, model, contextIn(locale, context))
}

/** Renders a sample in a language. */
export function pageOfSample(sample: Sample, locale: Locale): string {
  const render = <Name extends ViewName>(view: Name, model: Views[Name]) => pageOf(view, model, locale, sample.context)
  return render(sample.view, sample.model as Views[typeof sample.view])
}
