import { userKeys } from '../../../lib/adapters/redis/keys'

describe('the keys of a user', () => {
  it.each(['7', 'x:y', '}{', '{a}', '*', '', 'a\0b', '🎵'])(
    'of id %j have one hash tag, and nothing of the id',
    (userId) => {
      const { slotOf, successorOf, ...named } = userKeys('tfa:', userId)
      const slots = [slotOf({ handle: 'h' }), slotOf({ handle: 'h', enrolmentId: 'e' })]
      const keys = [...Object.values(named), successorOf('h'), ...slots]
      const tags = keys.map((key) => /^tfa:\{([A-Za-z0-9_-]{21})\}:[a-z]+(:[he]){0,2}$/.exec(key)?.[1])
      expect(new Set(tags).size).toBe(1)
      expect(tags[0]).toBeDefined()
    },
  )

  it('keep a session’s challenge and a pending enrolment apart, whatever their ids', () => {
    const { slotOf } = userKeys('tfa:', '7')
    expect(slotOf({ handle: 'a' })).not.toBe(slotOf({ handle: 'b', enrolmentId: 'a' }))
  })
})
