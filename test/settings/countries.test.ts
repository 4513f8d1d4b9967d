import { getCountries } from 'libphonenumber-js/max'
import { COUNTRIES } from '../../lib/settings/countries'

it('a country is one whose numbers the library reads, and no other', () => {
  expect([...COUNTRIES].toSorted()).toEqual(getCountries().toSorted())
})
