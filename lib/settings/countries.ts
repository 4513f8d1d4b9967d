import { misconfigured } from './check'

/** Every country whose numbers can be read: the library that reads them takes too long to load for a start-up check. */
const CODES =
  'ACADAEAFAGAIALAMAOARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCW' +
  'CXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGTGUGWGYHKHNHRHTHUIDIEILIMINIOIQ' +
  'IRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ' +
  'NANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSY' +
  'SZTATCTDTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW'

/** ISO 3166-1 alpha-2. */
export const COUNTRIES: ReadonlySet<unknown> = new Set(CODES.match(/../g))

/** Refuses what is no country with numbers: nobody could enrol one there, and its page would not open. */
export function checkCountry(value: unknown, name: string): void {
  if (COUNTRIES.has(value)) return
  throw misconfigured(
    name,
    `holds ${JSON.stringify(value)}, and must hold ISO 3166-1 codes of countries with phone numbers, such as "FR" (the United Kingdom is "GB")`,
  )
}
