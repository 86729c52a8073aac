// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getPhoneNumber` answers. */
export interface PhoneNumberAnswer {
  readonly id: string;
  readonly e164: string;
  /** The same as e164. */
  readonly number: string;
  readonly country: string;
  readonly type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly region: string | null;
  readonly capabilities: readonly string[];
  readonly setup_cost_cents: number;
  readonly monthly_cost_cents: number;
  readonly currency: string;
  readonly status: 'active' | 'inactive' | 'pending';
  readonly endpoint_id: string | null;
  readonly allow_inbound: boolean;
  readonly allow_outbound: boolean;
  readonly sip_uri: string;
  readonly organization_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly sip_credentials?:
    | {
        readonly domain: string;
        readonly ip: string;
        readonly port: number;
        readonly transport: 'udp' | 'tcp' | 'tls';
        readonly username: string;
        readonly password: string;
        /** A phone is registered with this login now. */
        readonly registered: boolean;
      }
    | null
    | undefined;
}

/** What `listPhoneNumbers` answers. */
export interface ListPhoneNumbersAnswer {
  readonly phone_numbers: readonly (
    | PurchasePhoneNumberAnswer
    | {
        readonly id: string;
        readonly e164: string;
        /** The same as e164. */
        readonly number: string;
        readonly country: string;
        readonly type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
        readonly region: string | null;
        readonly capabilities: readonly string[];
        readonly setup_cost_cents: number;
        readonly monthly_cost_cents: number;
        readonly currency: string;
      }
  )[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** How `listPhoneNumbers` is asked. */
export interface ListPhoneNumbersQuery {
  /** Your numbers, or the stock you may buy. */
  readonly action?: 'assigned' | 'available' | undefined;
  readonly country?: string | undefined;
  readonly type?: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost' | undefined;
  /** Of your numbers; suspended means inactive. */
  readonly status?: 'active' | 'inactive' | 'pending' | 'suspended' | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What `purchasePhoneNumber` answers. */
export interface PurchasePhoneNumberAnswer {
  readonly id: string;
  readonly e164: string;
  /** The same as e164. */
  readonly number: string;
  readonly country: string;
  readonly type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly region: string | null;
  readonly capabilities: readonly string[];
  readonly setup_cost_cents: number;
  readonly monthly_cost_cents: number;
  readonly currency: string;
  readonly status: 'active' | 'inactive' | 'pending';
  readonly endpoint_id: string | null;
  readonly allow_inbound: boolean;
  readonly allow_outbound: boolean;
  readonly sip_uri: string;
  readonly organization_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `purchasePhoneNumber` is sent. */
export interface PurchasePhoneNumberBody {
  /** ID of the phone number from inventory. */
  readonly inventory_id: string;
}

/** What `updatePhoneNumber` is sent. */
export interface UpdatePhoneNumberBody {
  /** Endpoint to route calls to; null for none. */
  readonly endpoint_id?: string | null | undefined;
  readonly allow_inbound?: boolean | undefined;
  readonly allow_outbound?: boolean | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
  readonly endpointId?: string | null | undefined;
  readonly allowInbound?: boolean | undefined;
  readonly allowOutbound?: boolean | undefined;
}

/** How `releasePhoneNumber` is asked. */
export interface ReleasePhoneNumberQuery {
  readonly action?: 'release' | undefined;
}
