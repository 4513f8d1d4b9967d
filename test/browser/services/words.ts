/** What users read and press on the pages, written down a second time: a page that changes its words shows here. */
export interface Words {
  /** The browser's, which it sends as Accept-Language. */
  locale: string
  getStarted: string
  yes: string
  notNow: string
  /** How many more days it can be put off. */
  daysLeft(count: number): string
  required: string
  emailAgain: string
  passwordAgain: string
  passwordSubmit: string
  country: string
  phoneNumber: string
  sms: string
  voice: string
  sendCode: string
  useApp: string
  scan: string
  turnOn: string
  confirm: string
  saved: string
  savedSubmit: string
  signedOut: string
  signInAgain: string
  verify: string
  resendSms: string
  anotherMethod: string
  callMe: string
  textMe: string
  useRecoveryCode: string
  remember: string
  confirming: string
  isOn: string
  isOff: string
  recoveryCodesLeft(remaining: number): string
  turnOff: string
  signOut: string
  /** What a text message and a call say. */
  smsText: RegExp
  smsAction(action: string): string
  voiceAction(action: string): string
}

export type Language = 'en' | 'fr'

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    locale: 'en-GB',
    getStarted: 'Get started',
    yes: 'Yes, use two-factor',
    notNow: 'Not now',
    daysLeft: (count) => `you can put it off for ${count} more days`,
    required: 'Your account needs it to go on.',
    emailAgain: 'E-mail address or user name',
    passwordAgain: 'Password',
    passwordSubmit: 'Continue',
    country: 'Country or region',
    phoneNumber: 'Phone number',
    sms: 'Text message',
    voice: 'Phone call',
    sendCode: 'Send a code',
    useApp: 'Use an authenticator app',
    scan: 'Scan this QR code with your authenticator app.',
    turnOn: 'Turn on',
    confirm: 'Confirm',
    saved: 'I have saved my recovery codes',
    savedSubmit: 'Continue',
    signedOut: 'You will be asked to sign in again, with a code.',
    signInAgain: 'Sign in again',
    verify: 'Verify',
    resendSms: 'Send a new text message',
    anotherMethod: 'Try another method',
    callMe: 'Call',
    textMe: 'Send a text message to',
    useRecoveryCode: 'Use a recovery code',
    remember: 'Remember this device for 30 days',
    confirming: 'You are confirming:',
    isOn: 'Two-factor verification is on.',
    isOff: 'Two-factor verification is off.',
    recoveryCodesLeft: (remaining) => `${remaining} recovery codes of 10 left`,
    turnOff: 'Turn off two-factor verification',
    signOut: 'Sign out',
    smsText: /\d{6} is your Acme code/,
    smsAction: (action) => `to confirm: ${action}`,
    voiceAction: (action) => `It confirms: ${action}`,
  },
  fr: {
    locale: 'fr-FR',
    getStarted: 'Commencer',
    yes: 'Oui, utiliser la validation en deux étapes',
    notNow: 'Plus tard',
    daysLeft: (count) => `vous pouvez encore la reporter pendant ${count} jours`,
    required: 'Votre compte l’exige pour continuer.',
    emailAgain: 'Adresse e-mail ou identifiant',
    passwordAgain: 'Mot de passe',
    passwordSubmit: 'Continuer',
    country: 'Pays ou région',
    phoneNumber: 'Numéro de téléphone',
    sms: 'SMS',
    voice: 'Appel téléphonique',
    sendCode: 'Envoyer un code',
    useApp: 'Utiliser une application d’authentification',
    scan: 'Scannez ce code QR avec votre application d’authentification.',
    turnOn: 'Activer',
    confirm: 'Confirmer',
    saved: 'J’ai conservé mes codes de secours',
    savedSubmit: 'Continuer',
    signedOut: 'Vous allez devoir vous reconnecter, avec un code.',
    signInAgain: 'Se reconnecter',
    verify: 'Valider',
    resendSms: 'Envoyer un nouveau SMS',
    anotherMethod: 'Essayer une autre méthode',
    callMe: 'Appeler le',
    textMe: 'Envoyer un SMS au',
    useRecoveryCode: 'Utiliser un code de secours',
    remember: 'Mémoriser cet appareil pendant 30 jours',
    confirming: 'Vous confirmez',
    isOn: 'La validation en deux étapes est activée.',
    isOff: 'La validation en deux étapes est désactivée.',
    recoveryCodesLeft: (remaining) => `${remaining} codes de secours restants sur 10`,
    turnOff: 'Désactiver la validation en deux étapes',
    signOut: 'Se déconnecter',
    smsText: /\d{6} est votre code Acme/,
    smsAction: (action) => `pour confirmer : ${action}`,
    voiceAction: (action) => `Il confirme : ${action}`,
  },
}
