/**
 * The pages' one script, served at `{path}/script.js`; nothing depends on it. It
 *
 * - counts down on the button that sends again (`data-wait-ms`), which the server refuses until then all the same;
 * - takes the code of a text message from a browser that offers it (`data-sms`), and submits it;
 * - drops the spaces of a pasted code;
 * - copies, saves and prints recovery codes (`.tools`): those buttons are hidden where it does not run.
 *
 * It is a string, as the style sheet is: there is no second compilation for browsers, and no file to find at run time.
 * @see WebOTP API, https://wicg.github.io/web-otp/
 */
export const SCRIPT: string = `(() => {
  'use strict'
  const find = (selector) => document.querySelector(selector)

  const wait = find('[data-wait-ms]')
  const button = wait && wait.previousElementSibling.querySelector('button')
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
    const tick = () => {
      const seconds = Math.ceil((readyAt - Date.now()) / 1000)
      if (seconds > 0) {
        left.textContent = ' (' + Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0') + ')'
        return
      }
      clearInterval(timer)
      left.remove()
      for (const name of ['aria-disabled', 'aria-describedby']) button.removeAttribute(name)
    }
    const timer = setInterval(tick, 250)
    tick()
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
    const asking = new AbortController()
    code.form.addEventListener('submit', () => asking.abort())
    navigator.credentials.get({ otp: { transport: ['sms'] }, signal: asking.signal }).then((credential) => {
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
`
