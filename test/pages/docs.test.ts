import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import request from 'supertest'
import { SCRIPT, STYLE_SHEET } from '../../lib/pages'
import { codesIn, namesIn, proseOf, ROOT, tableOf } from '../docs/markdown'
import { createTestApp } from '../support/app'
import { signIn } from '../support/journeys'
import { samples } from './states'

const PAGE = 'docs/pages.md'
const IMAGES = join(ROOT, 'docs', 'images')
const MOST_BYTES_OF_ONE = 40_000
const MOST_BYTES_OF_ALL = 600_000

const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

it('docs/pages.md has every custom property of the style sheet with its values, and no other', () => {
  const table = tableOf(PAGE, 'Property', 'Light', 'Dark')
  const [light = '', dark = ''] = STYLE_SHEET.split('@media (prefers-color-scheme: dark)')
  const valuesIn = (sheet: string) =>
    new Map([...sheet.matchAll(/(--tf-[a-z-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [name, value]))
  const [lights, darks] = [valuesIn(light), valuesIn(dark.split('@media')[0] ?? '')]
  expect(namesIn(table)).toEqual([...lights.keys()])
  for (const [name, value, inTheDark] of table.rows) {
    const property = codesIn(name)[0] ?? ''
    expect([property, codesIn(value)[0], codesIn(inTheDark)[0]]).toEqual([
      property,
      lights.get(property),
      darks.get(property),
    ])
  }
})

it('every custom property is used by the sheet', () => {
  const used = [...STYLE_SHEET.matchAll(/var\((--tf-[a-z-]+)\)/g)].map(([, name = '']) => name)
  expect(sorted(used)).toEqual(sorted(namesIn(tableOf(PAGE, 'Property', 'Light', 'Dark'))))
})

it('docs/pages.md has a heading for every view', async () => {
  const headings = [...proseOf(PAGE).matchAll(/^### (.+)$/gm)].flatMap(([, names = '']) => names.split(', '))
  expect(sorted(headings)).toEqual(sorted((await samples()).map(({ view }) => view)))
})

it('docs/pages.md has the Content-Security-Policy of the pages, and the size of their script', async () => {
  const { app } = createTestApp()
  const ada = request.agent(app)
  await signIn(ada, 'ada')
  const { headers } = await ada.get('/two-factor').set('Accept', 'text/html').expect(200)
  expect(proseOf(PAGE)).toContain(`\`${headers['content-security-policy']}\``)
  expect(proseOf(PAGE)).toContain('under 4 kB')
  expect(Buffer.byteLength(SCRIPT)).toBeLessThan(4000)
})

it('docs/pages.md shows every picture there is, and they are small', () => {
  const shown = [...proseOf(PAGE).matchAll(/\]\(images\/([^)]+)\)/g)].map(([, name = '']) => name)
  expect(sorted(shown)).toEqual(readdirSync(IMAGES).sort())
  const sizes = shown.map((name) => ({ name, bytes: statSync(join(IMAGES, name)).size }))
  expect(sizes.filter(({ bytes }) => bytes > MOST_BYTES_OF_ONE)).toEqual([])
  expect(sizes.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(MOST_BYTES_OF_ALL)
})
