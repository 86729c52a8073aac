import type { AnyOperation } from '../operation.ts';
import { type ActiveCallDeps, activeCallOperations } from './active-call-operations.ts';
import { connectionOperations } from './connection-operations.ts';
import { connectionSortOperations } from './connection-sorts.ts';
import { inboundChannelOperations } from './inbound-channel-operations.ts';
import { ipOperations } from './ip-operations.ts';
import { outboundVoiceProfileOperations } from './outbound-voice-profile-operations.ts';
import { telephonyCredentialOperations } from './telephony-credential-operations.ts';

/** Connections and what belongs to them. */
export const connectionGroupOperations = (deps: ActiveCallDeps): AnyOperation[] => [
  ...connectionOperations(deps),
  ...activeCallOperations(deps),
  ...connectionSortOperations(deps),
  ...ipOperations(deps),
  ...telephonyCredentialOperations(deps),
  ...outboundVoiceProfileOperations(deps),
  ...inboundChannelOperations(deps),
];
