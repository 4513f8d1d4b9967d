import { STYLE_SHEET } from '../../lib/pages'

describe('the style sheet', () => {
  const variables = (sheet: string) =>
    Object.fromEntries([...sheet.matchAll(/--tf-([a-z-]+): (#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v]))
  const [light = '', dark = ''] = STYLE_SHEET.split('@media (prefers-color-scheme: dark)').map(
    (part) => part.split('@media')[0],
  )

  function luminanceOf(colour: string): number {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }

  function contrastOf(one = '', other = ''): number {
    const [lower = 0, higher = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b)
    return (higher + 0.05) / (lower + 0.05)
  }

  it.each([
    ['light', light],
    ['dark', dark],
  ])('has the contrast of WCAG 2.2 AA in %s', (_name, sheet) => {
    const colours = variables(sheet)
    for (const ground of [colours.page, colours.surface]) {
      for (const ink of ['text', 'muted', 'accent', 'danger', 'warning']) {
        expect([ink, contrastOf(colours[ink], ground) >= 4.5]).toEqual([ink, true])
      }
      expect(contrastOf(colours.line, ground)).toBeGreaterThanOrEqual(3)
    }
    expect(contrastOf(colours['on-accent'], colours.accent)).toBeGreaterThanOrEqual(4.5)
  })

  it('loads nothing, respects reduced motion, shows the focus and knows paper', () => {
    expect(STYLE_SHEET).not.toMatch(/url\(|@import|expression/)
    expect(STYLE_SHEET).toMatch(/prefers-reduced-motion.*:focus-visible|:focus-visible.*prefers-reduced-motion/s)
    expect(STYLE_SHEET).toContain('@media print')
  })
})
