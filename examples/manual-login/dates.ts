/** 2027-03-01 */
export function writeDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}

/** 2027-03-01 08:00 UTC */
export function writeMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
