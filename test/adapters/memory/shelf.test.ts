import { createShelf } from '../../../lib/adapters/memory/shelf'
import { movableClock } from '../../../lib/testing/clock'

describe('a shelf', () => {
  it('keeps a thing for its time, from when it was last put there', () => {
    const clock = movableClock()
    const shelf = createShelf<string>(clock, 60_000)
    shelf.put('a', 'first')
    clock.advance(40_000)
    shelf.put('a', 'second')
    clock.advance(40_000)
    expect(shelf.find('a')).toBe('second')
    clock.advance(40_000)
    expect(shelf.find('a')).toBeUndefined()
  })

  it('hands out copies, and keeps one', () => {
    const shelf = createShelf<{ counts: number[] }>(movableClock(), 60_000)
    const given = { counts: [1] }
    shelf.put('a', given)
    given.counts.push(2)
    shelf.find('a')?.counts.push(3)
    expect(shelf.find('a')).toEqual({ counts: [1] })
  })

  it('has no more of what was dropped', () => {
    const shelf = createShelf<true>(movableClock(), 60_000)
    shelf.put('a', true)
    shelf.drop('a')
    expect(shelf.find('a')).toBeUndefined()
  })
})
