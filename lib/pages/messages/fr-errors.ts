import type { ErrorCode, ErrorFields } from '../../errors'
import { formatsOf } from '../formats'
import type { ErrorWords } from './en-errors'

const { plural, duration } = formatsOf('fr')

const attempts = (count: number) => plural(count, { one: 'essai', other: 'essais' })

function retry({ retryAfterMs }: ErrorFields): string {
  return retryAfterMs === undefined ? 'Réessayez plus tard.' : `Réessayez dans ${duration(retryAfterMs)}.`
}

function alternative({ methods }: ErrorFields): string {
  return methods?.length ? ' Vous pouvez utiliser une autre méthode dès maintenant.' : ''
}

/** Says how many attempts are left; shared by the error and the page. */
export function attemptsLeft(count: number): string {
  return count === 0 ? 'Il ne vous reste plus d’essai. Demandez un nouveau code.' : `Il vous reste ${attempts(count)}.`
}

function codeIncorrect(fields: ErrorFields): string {
  const next = fields.attemptsLeft === undefined ? 'Vérifiez-le et réessayez.' : attemptsLeft(fields.attemptsLeft)
  if (!fields.clockAheadMs) return next
  const by = duration(Math.abs(fields.clockAheadMs))
  const drift = fields.clockAheadMs > 0 ? `avancer de ${by}` : `retarder de ${by}`
  return `L’horloge de votre appareil semble ${drift}\u00a0: réglez-la sur automatique. ${next}`
}

function reauthenticationRequired({ missing = [] }: ErrorFields): string {
  if (!missing.includes('second-factor')) return 'Saisissez à nouveau votre mot de passe pour continuer.'
  if (!missing.includes('password')) return 'Saisissez un code pour continuer.'
  return 'Saisissez à nouveau votre mot de passe, puis un code, pour continuer.'
}

function notAllowed({ field }: ErrorFields): string {
  const another = 'Utilisez un autre numéro ou une autre méthode.'
  if (field === 'country') return `Il n’est pas possible d’envoyer des codes aux numéros de ce pays. ${another}`
  if (field === 'method')
    return 'Il n’est pas possible d’envoyer des codes à ce numéro de cette façon. Choisissez l’autre.'
  return `Il n’est pas possible d’envoyer des codes à ce type de numéro. ${another}`
}

/** Every error in French. */
export const errors: Record<ErrorCode, ErrorWords> = {
  ERR_TFA_CONFIG: {
    title: 'Problème de configuration',
    text: () => 'Ce service n’est pas configuré correctement. Merci de prévenir ses responsables.',
  },
  ERR_TFA_SIGN_IN_REQUIRED: {
    title: 'Veuillez vous connecter',
    text: () => 'Vous devez vous connecter pour voir cette page.',
  },
  ERR_TFA_REQUIRED: { title: 'Encore une étape', text: () => 'Saisissez un code pour terminer la connexion.' },
  ERR_TFA_STEP_UP_REQUIRED: {
    title: 'Confirmez votre identité',
    text: () => 'Cette action demande un nouveau code.',
  },
  ERR_TFA_ENROLMENT_REQUIRED: {
    title: 'La validation en deux étapes est nécessaire',
    text: ({ postponable }) =>
      postponable
        ? 'Configurez-la maintenant, ou choisissez «\u00a0Plus tard\u00a0».'
        : 'Elle ne peut plus être reportée. Configurez-la pour continuer.',
  },
  ERR_TFA_REAUTHENTICATION_REQUIRED: { title: 'Confirmez votre identité', text: reauthenticationRequired },
  ERR_TFA_CREDENTIALS_INCORRECT: {
    title: 'Identifiants non reconnus',
    text: (fields) =>
      `L’identifiant ou le mot de passe est incorrect. ${fields.retryAfterMs === undefined ? 'Vérifiez-les et réessayez.' : retry(fields)}`,
  },
  ERR_TFA_CODE_INCORRECT: { title: 'Le code est incorrect', text: codeIncorrect },
  ERR_TFA_CHALLENGE_EXPIRED: { title: 'Le code a expiré', text: () => 'Demandez-en un nouveau.' },
  ERR_TFA_NO_CHALLENGE: {
    title: 'Aucun code n’est attendu',
    text: () => 'Choisissez comment vous voulez obtenir un code.',
  },
  ERR_TFA_NOT_FOUND: { title: 'Introuvable', text: () => 'Cet élément n’existe pas, ou n’existe plus.' },
  ERR_TFA_NOT_PROMPTED: { title: 'Rien à reporter', text: () => 'Aucune configuration ne vous est demandée.' },
  ERR_TFA_LAST_AUTHENTICATOR: {
    title: 'Votre dernière méthode doit rester',
    text: () =>
      'Votre compte exige la validation en deux étapes. Ajoutez une autre méthode avant de supprimer celle-ci.',
  },
  ERR_TFA_REQUIRED_BY_POLICY: {
    title: 'Désactivation impossible',
    text: () => 'Votre compte exige la validation en deux étapes.',
  },
  ERR_TFA_INPUT_INVALID: {
    title: 'Vérifiez votre saisie',
    text: ({ field }) =>
      field === 'code'
        ? 'Saisissez uniquement le code, tel que vous l’avez reçu ou que votre application l’affiche.'
        : 'Une information manque ou n’a pas la bonne forme.',
  },
  ERR_TFA_BODY_TOO_LARGE: { title: 'Saisie trop longue', text: () => 'Raccourcissez votre saisie et réessayez.' },
  ERR_TFA_PHONE_INVALID: {
    title: 'Vérifiez le numéro de téléphone',
    text: () => 'Ce n’est pas un numéro de téléphone du pays choisi.',
  },
  ERR_TFA_SENDS_STOPPED: {
    title: 'Aucun code vers de nouveaux numéros pour le moment',
    text: ({ retryAfterMs = 0 }) =>
      `Pour le moment, nous n’envoyons aucun code vers de nouveaux numéros de ce pays. Utilisez une application d’authentification, ou réessayez dans ${duration(retryAfterMs)}.`,
  },
  ERR_TFA_PHONE_NOT_ALLOWED: {
    title: 'Ce numéro ne peut pas être utilisé',
    text: notAllowed,
  },
  ERR_TFA_METHOD_NOT_ALLOWED: {
    title: 'Cela ne fonctionne pas ici',
    text: () => 'Revenez en arrière et utilisez les boutons de la page.',
  },
  ERR_TFA_CROSS_SITE: {
    title: 'Demande refusée',
    text: () => 'La demande venait d’un autre site. Si elle vient de vous, revenez en arrière et réessayez d’ici.',
  },
  ERR_TFA_COOLDOWN: { title: 'Un instant', text: (fields) => `Un code vient d’être envoyé. ${retry(fields)}` },
  ERR_TFA_BUDGET_EXHAUSTED: {
    title: 'Trop de codes envoyés',
    text: (fields) => `Aucun code ne peut être envoyé pour le moment. ${retry(fields)}${alternative(fields)}`,
  },
  ERR_TFA_ATTEMPTS_EXHAUSTED: {
    title: 'Trop de codes incorrects',
    text: (fields) => (fields.retryAfterMs === undefined ? 'Demandez un nouveau code.' : retry(fields)),
  },
  ERR_TFA_LOCKED: {
    title: 'Bloqué pour le moment',
    text: (fields) => `Il y a eu trop d’essais incorrects. ${retry(fields)}${alternative(fields)}`,
  },
  ERR_TFA_METHOD_UNAVAILABLE: {
    title: 'Cette méthode ne peut pas être utilisée',
    text: ({ methods }) =>
      methods?.length
        ? 'Utilisez une autre méthode, puis configurez celle-ci à nouveau.'
        : 'Merci de le signaler aux responsables de ce service.',
  },
  ERR_TFA_DELIVERY_FAILED: {
    title: 'Le code n’a pas pu être envoyé',
    text: () => 'Réessayez dans un instant, ou utilisez une autre méthode.',
  },
  ERR_TFA_WEBHOOK_SIGNATURE: {
    title: 'La signature est fausse',
    text: () => 'Cette requête n’est pas signée comme il faut.',
  },
  ERR_TFA_STORE_UNAVAILABLE: {
    title: 'Indisponible pour le moment',
    text: () => 'Veuillez réessayer dans un instant.',
  },
}
