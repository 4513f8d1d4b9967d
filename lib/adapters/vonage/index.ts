export { vonageSms, vonageVoice } from './channels'
export type { VonageOptions, VonageVoiceOptions } from './options'
