/** What becomes of a field that a client writes (decision B33): it acts, it is kept and echoed, or it is refused unless it says what is so. */
export type Treatment = 'enforced' | 'label' | 'refused';

const all = (treatment: Treatment, ...fields: string[]): Readonly<Record<string, Treatment>> =>
  Object.fromEntries(fields.map((field) => [field, treatment]));

/** Every field of a JSON body in the vendor faces. A field means the same in all operations of a face. */
export const FIELD_TREATMENTS: Readonly<Record<string, Readonly<Record<string, Treatment>>>> = {
  kros: {
    ...all('enforced', 'inventory_id', 'endpoint_id', 'endpointId', 'allow_inbound', 'allowInbound', 'allow_outbound', 'allowOutbound'),
    ...all('enforced', 'status', 'type', 'url', 'provider_config', 'providerConfig', 'phone_number_id', 'phoneNumberId'),
    ...all('enforced', 'events', 'direction', 'from', 'to'),
    ...all('label', 'name', 'description'),
  },
  vobiz: {
    ...all('enforced', 'e164', 'currency', 'trunk_group_id', 'application_id', 'sub_account_id', 'enabled'),
    ...all('label', 'name', 'email', 'phone', 'description', 'rate_limit', 'business_type'),
    ...all('refused', 'permissions', 'kyc_mode'),
    // Of trunks and SIP users; sub-accounts have none and refuse it.
    ...all('enforced', 'username', 'password', 'ip_address', 'sip_uri', 'uri', 'priority', 'weight'),
    ...all('enforced', 'trunk_type', 'trunk_direction', 'trunk_status', 'max_concurrent_calls', 'concurrent_calls_limit', 'cps_limit'),
    ...all('enforced', 'credential_uuid', 'ipacl_uuid', 'primary_uri_uuid', 'fallback_uri_uuid'),
    ...all('label', 'alias'),
    ...all('refused', 'transport', 'secure', 'trunk_domain', 'inbound_destination', 'recording', 'enable_transcription', 'pii_redaction'),
    ...all('refused', 'webhook_url', 'webhook_method', 'recording_webhook_enabled', 'application', 'app_id', 'allow_voice'),
    ...all('refused', 'allow_message', 'allow_video', 'allow_same_domain', 'allow_other_domains', 'allow_phones', 'allow_apps'),
  },
  telnyx: {
    ...all('enforced', 'phone_numbers', 'phone_numbers[].phone_number', 'connection_id', 'regulatory_requirements'),
    ...all('enforced', 'comment_record_type', 'comment_record_id', 'status', 'order_request_id', 'country_code'),
    ...all('enforced', 'created_at_gt', 'created_at_lt'),
    ...all('label', 'customer_reference', 'messaging_profile_id', 'billing_group_id', 'body'),
    ...all('enforced', 'phone_numbers[].requirement_group_id', 'requirement_group_id', 'phone_number_type', 'file'),
    ...all('enforced', 'street_address', 'locality', 'postal_code', 'administrative_area', 'validate_address'),
    ...all('label', 'first_name', 'last_name', 'business_name', 'phone_number', 'extended_address', 'neighborhood', 'borough'),
    ...all('label', 'address_book', 'filename'),
    ...all('enforced', 'channel_type_id', 'channel_destination', 'notification_profile_id', 'notification_channel_id'),
    ...all('enforced', 'notification_event_condition_id'),
    ...all('label', 'name'),
    ...all('refused', 'parameters'),
    ...all('refused', 'phone_numbers[].bundle_id', 'action', 'url'),
    ...all('enforced', 'deletion_lock_enabled'),
    ...all('label', 'tags'),
    ...all('refused', 'external_pin', 'hd_voice_enabled', 'address_id', 'tech_prefix_enabled', 'translated_number'),
    ...all(
      'refused',
      'voice',
      'channels',
      'caller_id_name_enabled',
      'call_forwarding',
      'cnam_listing',
      'usage_payment_method',
      'media_features',
    ),
    ...all('refused', 'call_recording', 'inbound_call_screening'),
    ...all('enforced', 'active', 'inbound', 'outbound', 'user_name', 'password', 'ip_address', 'port', 'fqdn', 'dns_record_type'),
    ...all('enforced', 'expires_at', 'enabled', 'concurrent_call_limit', 'whitelisted_destinations'),
    ...all('label', 'connection_name', 'tag'),
    ...all('refused', 'anchorsite_override', 'transport_protocol', 'dtmf_type', 'encrypted_media', 'default_on_hold_comfort_noise_enabled'),
    ...all('refused', 'encode_contact_header_enabled', 'onnet_t38_passthrough_enabled', 'noise_suppression', 'rtcp_settings'),
    ...all('refused', 'android_push_credential_id', 'ios_push_credential_id', 'microsoft_teams_sbc', 'sip_uri_calling_preference'),
    ...all('refused', 'webhook_event_url', 'webhook_event_failover_url', 'webhook_api_version', 'webhook_timeout_secs'),
    ...all('refused', 'traffic_type', 'service_plan', 'max_destination_rate', 'daily_spend_limit'),
    ...all('refused', 'daily_spend_limit_enabled', 'calling_window'),
  },
};
