export { type AuthenticatorApp, authenticatorApp } from './authenticator-app'
export { movableClock } from './clock'
export { authenticatorsContract } from './contracts/authenticators'
export { storeContract } from './contracts/store'
export { type PhoneMessage, type VirtualPhone, virtualPhone } from './virtual-phone'
export {
  type StandInCall,
  type StandInFault,
  type StandInMessage,
  type StandInRequest,
  startVonageStandIn,
  type VonageStandIn,
} from './vonage-stand-in'
