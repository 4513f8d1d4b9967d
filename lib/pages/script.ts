/**
 * The pages' one script, served at `{path}/script.js`; nothing depends on it. It
 *
 * - counts down on the button that sends again (`data-wait-ms`), which the server refuses until then all the same;
 * - learns what became of a message, while that may change (`data-live`), and puts only what it changes on the page anew:
 *   what is typed, ticked and focused stays, and a screen reader hears it once;
 * - takes the code of a text message from a browser that offers it (`data-sms`), and submits it;
 * - drops the spaces of a pasted code;
 * - copies, saves and prints recovery codes (`.tools`): those buttons are hidden where it does not run.
 *
 * It is a string, as the style sheet is: there is no second compilation for browsers, and no file to find at run time.
 * @see WebOTP API, https://wicg.github.io/web-otp/
 */
export const SCRIPT: string = strip(`(() => {
  'use strict'
  const find = (selector) => document.querySelector(selector)

  // Nothing is asked once a form is sent: an answer that came after the form's own could bring the old session's cookie back.
  const leaving = new AbortController()
  const { signal } = leaving
  addEventListener('submit', () => leaving.abort())

  const wait = find('[data-wait-ms]')
  const button = wait && wait.previousElementSibling.querySelector('button')
  let endWait = () => {}
  if (button) {
    const readyAt = Date.now() + Number(wait.dataset.waitMs)
    const left = document.createElement('span')
    left.setAttribute('aria-hidden', 'true')
    // Not disabled: it would lose the focus, and could not say why it waits.
    button.setAttribute('aria-disabled', 'true')
    button.append(left)
    wait.hidden = true
    button.addEventListener('click', (event) => {
      if (button.hasAttribute('aria-disabled')) event.preventDefault()
    })
    endWait = () => {
      clearInterval(timer)
      left.remove()
      for (const name of ['aria-disabled', 'aria-describedby']) button.removeAttribute(name)
    }
    const tick = () => {
      const seconds = Math.ceil((readyAt - Date.now()) / 1000)
      if (seconds <= 0) return endWait()
      left.textContent = ' (' + Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0') + ')'
    }
    const timer = setInterval(tick, 250)
    tick()
  }

  const delivery = find('[data-live]')
  if (delivery) {
    const { live, of } = delivery.dataset
    const openedAt = Date.now()
    const regions = Array.from(document.querySelectorAll('#delivery, #ask, #instead, #others'), (shown) => {
      return { shown, said: shown.textContent }
    })
    const update = (page) => {
      for (const region of regions) {
        const { shown, said } = region
        const news = page.getElementById(shown.id) || document.createElement('p')
        // What was said last, not what is shown: a browser that translates the page has changed that.
        if (news.textContent === said || shown.contains(document.activeElement)) continue
        region.said = news.textContent
        shown.replaceChildren(...news.childNodes)
      }
      if (!page.querySelector('[data-wait-ms]')) endWait()
    }
    const look = () => {
      if (document.hidden) return document.addEventListener('visibilitychange', look, { once: true })
      fetch(live, { headers: { accept: 'text/html' }, redirect: 'manual', signal }).then(async (answer) => {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
        // Whatever else was answered has no such element: signed out, an error, another challenge.
        const { dataset } = page.getElementById('delivery') || page.body
        if (dataset.of !== of) return
        update(page)
        if (dataset.live) lookLater()
      }, lookLater)
    }
    const lookLater = () => signal.aborted || setTimeout(look, Date.now() - openedAt < 60000 ? 3000 : 15000)
    lookLater()
  }

  const code = find('.code-input')
  if (code) {
    code.addEventListener('paste', (event) => {
      const text = event.clipboardData && event.clipboardData.getData('text').replace(/\\s/g, '')
      if (!text) return
      event.preventDefault()
      code.setRangeText(text, code.selectionStart, code.selectionEnd, 'end')
    })
  }
  if (code && 'sms' in code.dataset && 'OTPCredential' in window) {
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal }).then((credential) => {
      if (!credential) return
      code.value = credential.code
      code.form.requestSubmit()
    }, () => {})
  }

  const tools = find('.tools')
  if (tools) {
    const list = find('.codes')
    const text = Array.from(list.children, (item) => item.textContent).join('\\n') + '\\n'
    const said = tools.querySelector('[role=status]')
    const acts = {
      copy: () => navigator.clipboard.writeText(text).then(
        () => { said.textContent = said.dataset.copied },
        () => getSelection().selectAllChildren(list),
      ),
      save: () => {
        const link = document.createElement('a')
        link.href = URL.createObjectURL(new Blob([tools.dataset.title + '\\n\\n' + text], { type: 'text/plain' }))
        link.download = tools.dataset.file
        link.click()
        setTimeout(() => URL.revokeObjectURL(link.href), 10000)
      },
      print: () => window.print(),
    }
    for (const each of tools.querySelectorAll('[data-act]')) {
      // Browsers have no clipboard for a page that came by plain http.
      if (each.dataset.act === 'copy' && !navigator.clipboard) each.remove()
      else each.addEventListener('click', acts[each.dataset.act])
    }
    tools.hidden = false
  }
})()
`)

/** Leaves out indentation and comments: they are for who reads them here. */
function strip(script: string): string {
  return script.replace(/^ *(\/\/.*\n)?/gm, '')
}
