import type { ChallengeAnswer } from '../answers'
import { findAnswerable, lockOf, refreshLink } from './challenge-state'
import { askFor, deliveryOf } from './delivery'
import type { Html } from './html'
import { html } from './html'
import type { ChallengeModel, LabelledChoice } from './models'
import type { Page, View } from './parts'
import { button, codeField, errorSummary, field, hidden, keepTogether, postForm, WAIT_ID, waitHint } from './parts'

const SHOW_ATTEMPTS_FROM = 2

function choiceForm({ method, authenticatorId, destination, label }: LabelledChoice, { path, words }: Page): Html {
  return postForm(
    `${path}/challenge`,
    hidden('method', method),
    hidden('authenticatorId', authenticatorId),
    button(keepTogether(words.challenge.use[method](destination ?? label ?? ''), destination), 'secondary'),
  )
}

function choices(methods: readonly LabelledChoice[], page: Page): Html {
  return html`<ul class="choices">${methods.map((each) => html`<li>${choiceForm(each, page)}</li>`)}</ul>`
}

/** The methods beside the current one. Two that look alike are both kept: the challenge doesn't say which it is. */
function otherMethods({ method, destination }: ChallengeAnswer, methods: readonly LabelledChoice[]) {
  const isAlike = (each: LabelledChoice) => each.method === method && each.destination === destination
  return methods.filter(isAlike).length > 1 ? methods : methods.filter((each) => !isAlike(each))
}

function actionOf(action: string | undefined, { words }: Page): Html {
  if (!action) return html``
  return html`<div class="notice action"><p>${words.challenge.confirming}</p><p class="notice-title">${action}</p></div>`
}

function attemptsOf({ attemptsLeft }: ChallengeAnswer, { error, words }: Page): Html {
  const isSaid = error?.fields.attemptsLeft !== undefined
  return attemptsLeft <= SHOW_ATTEMPTS_FROM && !isSaid
    ? html`<p class="attempts">${words.attemptsLeft(attemptsLeft)}</p>`
    : html``
}

function answerField({ method }: ChallengeAnswer, page: Page): Html {
  if (method !== 'recovery-code') return codeField(page, method)
  return field(page, {
    name: 'code',
    ...page.words.challenge.recoveryCode,
    attributes: html`type="text" class="code-input long" inputmode="text" autocomplete="off" maxlength="64" autocapitalize="characters" spellcheck="false" required autofocus`,
  })
}

function rememberField(days: number, { words }: Page): Html {
  const { remember, rememberHint } = words.challenge
  return html`<div class="tick">
<input type="checkbox" id="remember" name="remember" value="on" aria-describedby="remember-hint">
<label for="remember">${remember(days)}</label>
<p class="hint" id="remember-hint">${rememberHint}</p>
</div>`
}

function verifyForm(challenge: ChallengeAnswer, rememberDays: number | undefined, page: Page): Html {
  return postForm(
    `${page.path}/challenge/verify`,
    askFor(challenge, page),
    attemptsOf(challenge, page),
    answerField(challenge, page),
    rememberDays === undefined ? html`` : rememberField(rememberDays, page),
    button(page.words.code.submit, 'primary'),
  )
}

function resendForm({ method, resendAt }: ChallengeAnswer, page: Page): Html {
  if (method !== 'sms' && method !== 'voice') return html``
  const waitMs = resendAt ? resendAt.getTime() - page.now.getTime() : 0
  const send = button(page.words.resend[method], 'quiet', waitMs > 0 ? WAIT_ID : undefined)
  return html`<div class="resend">
${postForm(`${page.path}/challenge/resend`, send)}
${waitHint(waitMs, page)}
</div>`
}

function deliveryIn(challenge: ChallengeAnswer, { isLive }: ChallengeModel, page: Page): Html {
  return deliveryOf(challenge, page, isLive ? `${page.path}/challenge` : undefined)
}

function answerPage(challenge: ChallengeAnswer, model: ChallengeModel, page: Page): Html {
  const others = otherMethods(challenge, model.methods)
  const hasFailed = challenge.delivery?.status === 'failed'
  return html`${deliveryIn(challenge, model, page)}
<div id="instead">${hasFailed && choices(others, page)}</div>
${verifyForm(challenge, model.rememberDays, page)}
${resendForm(challenge, page)}
<div id="others">${!hasFailed && others.length > 0 && html`<details><summary>${page.words.tryAnotherMethod}</summary>${choices(others, page)}</details>`}</div>`
}

function choicePage(model: ChallengeModel, page: Page): Html {
  const { choose, noMethods } = page.words.challenge
  const hasChoice = model.methods.length > 0
  const unsent = model.challenge?.delivery?.status === 'failed' ? model.challenge : undefined
  return html`${lockOf(model, page) ?? (unsent && deliveryIn(unsent, model, page))}
<div id="instead"><p>${hasChoice ? choose : noMethods}</p>
${hasChoice && choices(model.methods, page)}</div>
${refreshLink(model, page)}`
}

/** Shows the pending challenge with its code field, or the methods to open one by. */
export function viewChallenge(model: ChallengeModel, page: Page): View {
  const action = model.challenge?.action ?? model.action
  const purpose = model.challenge?.purpose ?? (action ? 'step-up' : 'sign-in')
  const challenge = findAnswerable(model, page)
  return {
    title: page.words.challenge.title[purpose],
    main: html`${errorSummary(page)}
${actionOf(action, page)}
${challenge ? answerPage(challenge, model, page) : choicePage(model, page)}`,
  }
}
