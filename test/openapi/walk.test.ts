import { Walker } from './walker'
import { walkBeyond } from './walks/beyond'
import { walkChallenges } from './walks/challenge'
import { walkEnrolment } from './walks/enrolment'
import { walkEveryRoute } from './walks/every-route'
import { walkSettings } from './walks/settings'
import { walkStandings } from './walks/standings'
import { walkWebhooks } from './walks/webhooks'

/** Drives every route through everything it can answer, and holds each answer to docs/openapi.json. */
const walker = new Walker()

describe('the routes, held to docs/openapi.json', () => {
  walkEveryRoute(walker)
  walkStandings(walker)
  walkChallenges(walker)
  walkEnrolment(walker)
  walkSettings(walker)
  walkWebhooks(walker)
  walkBeyond(walker)
})

// Last: only then has the walk seen what it can.
it('the document promises no status, code, header or field that the routes have not shown', () => {
  expect(walker.unseen()).toEqual([])
})
