// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getEndpoint` answers. */
export interface EndpointAnswer {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly url: string | null;
  readonly provider_config: Readonly<Record<string, unknown>>;
  readonly status: 'active' | 'inactive' | 'error';
  readonly organization_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listEndpoints` answers. */
export interface ListEndpointsAnswer {
  readonly endpoints: readonly EndpointAnswer[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** How `listEndpoints` is asked. */
export interface ListEndpointsQuery {
  readonly type?: 'webhook' | 'agent' | 'vapi' | 'retell' | 'livekit' | 'elevenlabs' | 'vogent' | 'custom_sip' | 'direct_sip' | undefined;
  readonly status?: 'active' | 'inactive' | 'error' | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What `createEndpoint` is sent. */
export interface CreateEndpointBody {
  readonly name: string;
  readonly type: 'webhook' | 'agent' | 'vapi' | 'retell' | 'livekit' | 'elevenlabs' | 'vogent' | 'custom_sip' | 'direct_sip';
  /** SIP URI of custom_sip and direct_sip endpoints. */
  readonly url?: string | undefined;
  readonly provider_config?:
    | {
        readonly sip_uri?: string | undefined;
        readonly livekit_sip_uri?: string | undefined;
        readonly livekit_sip_trunk_id?: string | undefined;
        readonly elevenlabs_agent_id?: string | undefined;
        readonly assistant_id?: string | undefined;
        readonly agent_id?: string | undefined;
      }
    | undefined;
  readonly providerConfig?:
    | {
        readonly sip_uri?: string | undefined;
        readonly livekit_sip_uri?: string | undefined;
        readonly livekit_sip_trunk_id?: string | undefined;
        readonly elevenlabs_agent_id?: string | undefined;
        readonly assistant_id?: string | undefined;
        readonly agent_id?: string | undefined;
      }
    | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
  /** A number of yours that shall ring this endpoint. */
  readonly phone_number_id?: string | undefined;
  readonly phoneNumberId?: string | undefined;
}

/** What `updateEndpoint` is sent. */
export interface UpdateEndpointBody {
  readonly name?: string | undefined;
  readonly type?: 'webhook' | 'agent' | 'vapi' | 'retell' | 'livekit' | 'elevenlabs' | 'vogent' | 'custom_sip' | 'direct_sip' | undefined;
  readonly url?: string | null | undefined;
  readonly provider_config?:
    | {
        readonly sip_uri?: string | undefined;
        readonly livekit_sip_uri?: string | undefined;
        readonly livekit_sip_trunk_id?: string | undefined;
        readonly elevenlabs_agent_id?: string | undefined;
        readonly assistant_id?: string | undefined;
        readonly agent_id?: string | undefined;
      }
    | undefined;
  readonly providerConfig?:
    | {
        readonly sip_uri?: string | undefined;
        readonly livekit_sip_uri?: string | undefined;
        readonly livekit_sip_trunk_id?: string | undefined;
        readonly elevenlabs_agent_id?: string | undefined;
        readonly assistant_id?: string | undefined;
        readonly agent_id?: string | undefined;
      }
    | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
}
