/**
 * The network an address belongs to, as far as whoever asks can change addresses at will: an IPv4 address is itself, of an
 * IPv6 address the first 64 bits are.
 * @param address - as `req.ip` has it; IPv4 may be written as IPv6 (`::ffff:192.0.2.1`), or with the port that some proxies add
 * @see RFC 4291 §2.5.1
 */
export function networkOf(address: string): string {
  const [ipv4] = /\d+(?:\.\d+){3}/.exec(address) ?? []
  if (ipv4) return ipv4
  const [head = '', tail] = address
    .toLowerCase()
    .replace(/^\[|[%\]].*$/g, '')
    .split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail?.split(':').filter(Boolean) ?? []
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
