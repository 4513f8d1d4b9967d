import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { SCRIPT, STYLE_SHEET } from '../../lib/pages'

/** Where the pages that no server sends seem to come from. */
const ORIGIN = 'http://pages.localhost'

/** One tab that shows pages as `renderPage` wrote them, with their style sheet and script, without a server. */
export interface Screen {
  page: Page
  context: BrowserContext
  show(html: string): Promise<void>
}

/** Opens a tab for pages that no server sends; everything else it asks for is refused. */
export async function openScreen(browser: Browser, options: BrowserContextOptions = {}): Promise<Screen> {
  const context = await browser.newContext({ viewport: { width: 480, height: 800 }, ...options })
  let shown = ''
  await context.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === '/two-factor/style.css') return route.fulfill({ contentType: 'text/css', body: STYLE_SHEET })
    if (pathname === '/two-factor/script.js') return route.fulfill({ contentType: 'text/javascript', body: SCRIPT })
    if (pathname === '/') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: shown })
    return route.abort()
  })
  const page = await context.newPage()
  const show = async (html: string) => {
    shown = html
    await page.goto(`${ORIGIN}/`)
  }
  return { page, context, show }
}
