/**
 * Draws a QR code as SVG. The library is loaded by the first that is drawn: most processes' starts need none.
 * Drawn here and never fetched: an image service would be told the secret.
 */
export async function drawQr(text: string): Promise<string> {
  const { toString: draw } = await import('qrcode')
  return draw(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 })
}
