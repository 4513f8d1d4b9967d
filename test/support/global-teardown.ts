export default async function stopServices(): Promise<void> {
  await globalThis.redisOfThisRun?.stop()
}
