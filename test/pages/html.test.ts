import fc from 'fast-check'
import { html, keepOwnPath, raw } from '../../lib/pages/html'

describe('the html template', () => {
  it('escapes everything that could leave a text or a quoted attribute', () => {
    expect(html`<p title="${`"><img src=x onerror='x'>`}">&${'&amp;'}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;img src=x onerror=&#39;x&#39;&gt;">&&amp;amp;</p>',
    )
  })

  it('passes markup of its own and lists of it, and escapes the texts among them', () => {
    const items = ['<a>', html`<b>${'<'}</b>`, 3, [html`<i></i>`]]
    expect(html`<p>${items}</p>`.toString()).toBe('<p>&lt;a&gt;<b>&lt;</b>3<i></i></p>')
  })

  it('shows nothing for undefined and false, but zero as a number', () => {
    expect(html`${undefined}${false}${0}${''}`.toString()).toBe('0')
  })

  it('passes raw markup as it is', () => {
    expect(html`${raw('<svg></svg>')}`.toString()).toBe('<svg></svg>')
  })

  it('does not take an object with a toString, or a look-alike, for markup', () => {
    const disguised = JSON.parse('{"markup":"<script>"}')
    expect(html`${disguised}${['<script>']}`.toString()).not.toContain('<script>')
  })

  it('leaves no angle bracket or quote of any string', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>"']/.test(html`${text}`.toString())))
  })
})

describe('a path to go to', () => {
  it.each(['/', '/account?tab=2#top', '/two-factor/setup?step=methods', '/a//b'])('keeps %s', (path) => {
    expect(keepOwnPath(path)).toBe(path)
  })

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/a\\b',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ' /x',
    '/\n/evil.example',
    '/\t/evil.example',
    '',
  ])('answers %j, which leads away from this origin, with /', (path) => {
    expect(keepOwnPath(path)).toBe('/')
  })
})
