import type { DeliveryFailure, Method, SendingMethod } from '../../ports'
import { formatsOf } from '../formats'
import type { Messages } from './en'
import { attemptsLeft, errors } from './fr-errors'

const { plural, duration } = formatsOf('fr')

const days = (count: number) => plural(count, { one: 'jour', other: 'jours' })
const recoveryCodesLeft = (count: number) =>
  plural(count, { one: 'code de secours restant', other: 'codes de secours restants' })

const methods: Record<Method, string> = {
  sms: 'SMS',
  voice: 'Appel téléphonique',
  totp: 'Application d’authentification',
  'recovery-code': 'Code de secours',
}

const deliveryFailures: Record<DeliveryFailure, string> = {
  unreachable: 'Le numéro est injoignable.',
  rejected: 'Le réseau l’a refusé.',
  throttled: 'Trop de messages sont envoyés en ce moment.',
  account: 'L’envoi est impossible pour le moment.',
  budget: 'Trop de codes ont été envoyés récemment.',
  locked: 'Il y a eu trop d’essais incorrects.',
  timeout: 'Le réseau n’a pas répondu à temps.',
}

const sentTo: Record<SendingMethod, (destination: string) => string> = {
  sms: (destination) => `Nous avons envoyé un SMS au ${destination}.`,
  voice: (destination) => `Nous appelons le ${destination}.`,
}

const delivered: Record<SendingMethod, (destination: string) => string> = {
  sms: (destination) => `Le SMS envoyé au ${destination} est arrivé.`,
  voice: (destination) => `L’appel au ${destination} a abouti.`,
}

const use: Record<Method, (which: string) => string> = {
  sms: (destination) => `Envoyer un SMS au ${destination}`,
  voice: (destination) => `Appeler le ${destination}`,
  totp: (label) => (label ? `Utiliser mon application (${label})` : 'Utiliser mon application d’authentification'),
  'recovery-code': () => 'Utiliser un code de secours',
}

/** French: «vous», and a no-break space before double punctuation. */
export const fr: Messages = {
  errors,
  errorIn: (title) => `Erreur\u00a0: ${title}`,
  methods,
  signedInAs: 'Connecté avec le compte',
  signOut: 'Se déconnecter',
  tryAnotherMethod: 'Essayer une autre méthode',
  backToSettings: 'Retour aux paramètres de sécurité',
  code: {
    label: 'Code à usage unique',
    hint: 'Uniquement des chiffres\u00a0; les espaces sont ignorés.',
    submit: 'Valider',
  },
  resend: {
    sms: 'Envoyer un nouveau SMS',
    voice: 'Appeler à nouveau',
    wait: (ms) => `Possible dans ${duration(ms)}.`,
  },
  attemptsLeft,
  challenge: {
    title: {
      'sign-in': 'Validation en deux étapes',
      'step-up': 'Confirmez votre identité',
      enrolment: 'Confirmez la nouvelle méthode',
    },
    choose: 'Choisissez comment confirmer votre identité.',
    noMethods: 'Aucune méthode ne fonctionne pour le moment. Réessayez plus tard ou contactez l’assistance.',
    confirming: 'Vous confirmez\u00a0:',
    locked: (ms) => `Il y a eu trop de codes incorrects. Les codes fonctionneront à nouveau dans ${duration(ms)}.`,
    methodLocked:
      'Il y a eu trop de codes incorrects avec cette méthode, ou elle est à configurer de nouveau. Utilisez-en une autre, ou réessayez plus tard.',
    checkAgain: 'Actualiser la page',
    sentTo,
    delivered,
    failed: (destination) => `Le code pour le ${destination} n’a pas pu être envoyé.`,
    unknown: (destination) =>
      `Le code pour le ${destination} peut prendre un moment. S’il n’arrive pas, demandez-en un autre.`,
    deliveryFailures,
    askLate: 'Si un code arrive malgré tout, saisissez-le ici.',
    ask: {
      sms: 'Saisissez le code reçu par SMS.',
      voice: 'Saisissez le code entendu pendant l’appel.',
      totp: 'Saisissez le code affiché par votre application d’authentification.',
      'recovery-code': 'Saisissez l’un de vos codes de secours. Chacun ne sert qu’une fois.',
    },
    recoveryCode: {
      label: 'Votre code de secours',
      hint: '16 lettres et chiffres\u00a0; majuscules et tirets sans importance.',
    },
    remember: (count) => `Mémoriser cet appareil pendant ${days(count)}`,
    rememberHint: 'Uniquement sur un appareil personnel.',
    use,
  },
  setup: {
    title: 'Configurer la validation en deux étapes',
    why: 'À la connexion, vous saisissez votre mot de passe, puis un code obtenu avec votre téléphone. Connaître votre mot de passe ne suffit plus pour entrer.',
    optional: 'Cela prend environ deux minutes, et vous pourrez la désactiver.',
    required: 'Votre compte l’exige pour continuer.',
    deadline: (count) => `Votre compte l’exigera bientôt\u00a0: vous pouvez encore la reporter pendant ${days(count)}.`,
    yes: 'Oui, utiliser la validation en deux étapes',
    notNow: 'Plus tard',
    methodsTitle: 'Choisissez une méthode',
    changeTitle: 'Changer le numéro de téléphone',
    recommended: 'Recommandé',
    totp: 'Une application de votre téléphone affiche un nouveau code toutes les 30\u00a0secondes, même sans réseau.',
    totpLabel: 'Nom (facultatif)',
    totpLabelHint: 'Pour la reconnaître plus tard, par exemple «\u00a0Téléphone professionnel\u00a0».',
    totpSubmit: 'Utiliser une application d’authentification',
    phoneTitle: 'Téléphone',
    phone: {
      sms: 'Vous recevez un code par SMS.',
      voice: 'Nous vous appelons pour vous dicter un code.',
      both: 'Vous recevez un code par SMS ou par appel.',
    },
    phoneRisk:
      'Les SMS et les appels sont moins sûrs qu’une application d’authentification\u00a0: quiconque s’empare de votre numéro reçoit vos codes.',
    country: 'Pays ou région',
    phoneNumber: 'Numéro de téléphone',
    how: 'Comment souhaitez-vous recevoir le code\u00a0?',
    phoneSubmit: 'Envoyer un code',
  },
  password: {
    title: 'Saisissez à nouveau votre mot de passe',
    why: 'Ainsi, personne d’autre ne peut changer votre façon de vous connecter.',
    username: 'Adresse e-mail ou identifiant',
    password: 'Mot de passe',
    submit: 'Continuer',
  },
  secondFactor: {
    title: 'Confirmez votre identité',
    why: 'Pour ce changement, un code vous est aussi demandé.',
    submit: 'Continuer avec un code',
  },
  totpEnrolment: {
    title: 'Configurez votre application d’authentification',
    scan: 'Scannez ce code QR avec votre application d’authentification.',
    qrCode: 'Code QR pour votre application d’authentification. La clé de configuration ci-dessous a le même effet.',
    key: 'Vous ne pouvez pas le scanner\u00a0? Saisissez cette clé de configuration dans l’application\u00a0:',
    open: 'L’ouvrir dans une application de cet appareil',
    confirm: 'Saisissez ensuite le code affiché par l’application.',
    submit: 'Activer',
  },
  phoneEnrolment: {
    title: 'Confirmez votre numéro de téléphone',
    submit: 'Confirmer',
    correct: 'Corriger le numéro',
    resend: { sms: 'Recevoir plutôt un SMS', voice: 'Recevoir plutôt un appel' },
  },
  recoveryCodes: {
    title: 'Conservez vos codes de secours',
    why: 'Chacun de ces codes vous permet de vous connecter une fois si vous perdez votre téléphone. Ils ne sont affichés que maintenant\u00a0: imprimez cette page ou rangez-les avec vos mots de passe.',
    list: 'Codes de secours',
    copy: 'Copier',
    copied: 'Copié.',
    save: 'Télécharger',
    file: 'codes-de-secours.txt',
    print: 'Imprimer',
    saved: 'J’ai conservé mes codes de secours',
    submit: 'Continuer',
    signedOut: 'La validation en deux étapes est activée. Vous allez devoir vous reconnecter, avec un code.',
    signIn: 'Se reconnecter',
  },
  settings: {
    title: 'Validation en deux étapes',
    on: 'La validation en deux étapes est activée.',
    off: 'La validation en deux étapes est désactivée.',
    required: 'Votre compte l’exige.',
    deadline: (date) => `Votre compte l’exigera à partir du ${date}.`,
    methodsTitle: 'Vos méthodes',
    getStarted: 'Commencer',
    addAnother: 'Ajouter une autre méthode',
    added: 'Ajoutée le',
    lastUsed: 'Dernière utilisation\u00a0:',
    neverUsed: 'Jamais utilisée',
    change: 'Modifier',
    name: 'Nom',
    rename: 'Enregistrer le nom',
    preferred: 'Moyen préféré pour recevoir un code',
    prefer: 'Enregistrer le choix',
    remove: 'Supprimer',
    changeNumber: 'Changer le numéro',
    recoveryTitle: 'Codes de secours',
    recoveryWhy: 'Pour les jours sans votre téléphone. Chacun ne sert qu’une fois.',
    recoveryLeft: (remaining, total) => `${recoveryCodesLeft(remaining)} sur ${total}.`,
    recoveryLow: 'Il n’en reste presque plus. Créez-en de nouveaux.',
    recoveryNew: 'Créer de nouveaux codes de secours',
    recoveryNewHint: 'Les anciens ne fonctionneront plus.',
    devicesTitle: 'Appareils mémorisés',
    devicesWhy: 'Sur ces appareils, aucun code n’est demandé à la connexion.',
    devicesNone: 'Aucun appareil n’est mémorisé.',
    thisDevice: 'Cet appareil',
    remembersUntil: 'Mémorisé jusqu’au',
    forget: 'Oublier',
    forgetAll: 'Oublier tous les appareils',
    disableTitle: 'Désactiver',
    disableWhy:
      'Votre mot de passe suffira alors pour ouvrir votre compte. Vos méthodes et vos codes de secours seront supprimés.',
    disable: 'Désactiver la validation en deux étapes',
  },
  problem: {
    title: 'Un problème est survenu',
    text: 'Veuillez réessayer dans un instant.',
    back: 'Revenir en arrière',
  },
}
