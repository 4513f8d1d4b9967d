// Shows messages as they arrive, and the next code when the last one's time is up. Without it, the page is loaded again.
const list = document.getElementById('messages')
const codes = document.getElementById('codes')

const arrivals = new EventSource(`/phone/events?after=${list.dataset.newest}`)
arrivals.addEventListener('message', ({ data }) => {
  document.getElementById('nothing-yet')?.remove()
  list.insertAdjacentHTML('afterbegin', JSON.parse(data).markup)
  list.firstElementChild.classList.add('new')
})

let stepEndsAt = 0
startStep()
setInterval(showTimeLeft, 1000)

function startStep() {
  const ring = codes.querySelector('[data-seconds-left]')
  stepEndsAt = ring ? performance.now() + Number(ring.dataset.secondsLeft) * 1000 : Number.POSITIVE_INFINITY
}

function showTimeLeft() {
  const secondsLeft = Math.ceil((stepEndsAt - performance.now()) / 1000)
  if (secondsLeft <= 0) return loadCodes()
  for (const arc of codes.querySelectorAll('.ring .left')) arc.setAttribute('stroke-dasharray', `${secondsLeft} 30`)
}

async function loadCodes() {
  // The server may be starting again: the next second tries once more.
  const answer = await fetch('/phone/codes').catch(() => null)
  if (!answer?.ok) return
  codes.innerHTML = await answer.text()
  startStep()
}
