// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `retrieveNumberOrder` answers. */
export interface NumberOrderAnswer {
  readonly data: {
    readonly billing_group_id?: string | undefined;
    readonly connection_id?: string | undefined;
    readonly created_at: string;
    readonly customer_reference?: string | undefined;
    readonly id: string;
    readonly messaging_profile_id?: string | undefined;
    readonly phone_numbers_count: number;
    readonly record_type: 'number_order';
    readonly requirements_met: boolean;
    readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
    readonly sub_number_orders_ids: readonly string[];
    readonly updated_at: string;
    readonly phone_numbers: readonly ListNumberOrderPhoneNumbersRow[];
  };
}

/** What `retrieveSubNumberOrder` answers. */
export interface SubNumberOrderAnswer {
  readonly data: ListSubNumberOrdersRow;
}

/** How `retrieveSubNumberOrder` is asked. */
export interface RetrieveSubNumberOrderQuery {
  readonly 'filter[include_phone_numbers]'?: boolean | undefined;
}

/** What `retrieveNumberOrderPhoneNumber` answers. */
export interface NumberOrderPhoneNumberAnswer {
  readonly data: ListNumberOrderPhoneNumbersRow;
}

/** What `retrieveSubNumberOrdersReport` answers. */
export interface SubNumberOrdersReportAnswer {
  readonly data: {
    readonly id: string;
    readonly order_type: 'sub_number_order';
    readonly status: 'pending' | 'success' | 'failed' | 'expired';
    readonly filters: {
      readonly status?: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted' | undefined;
      readonly order_request_id?: string | undefined;
      readonly country_code?: string | undefined;
      readonly customer_reference?: string | undefined;
      readonly created_at_gt?: string | undefined;
      readonly created_at_lt?: string | undefined;
    };
    readonly user_id: string;
    readonly created_at: string;
    readonly updated_at: string;
  };
}

/** One row of `listNumberOrders`. */
export interface ListNumberOrdersRow {
  readonly billing_group_id?: string | undefined;
  readonly connection_id?: string | undefined;
  readonly created_at: string;
  readonly customer_reference?: string | undefined;
  readonly id: string;
  readonly messaging_profile_id?: string | undefined;
  readonly phone_numbers_count: number;
  readonly record_type: 'number_order';
  readonly requirements_met: boolean;
  readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
  readonly sub_number_orders_ids: readonly string[];
  readonly updated_at: string;
  readonly phone_numbers: readonly {
    readonly id: string;
    readonly phone_number: string;
  }[];
}

/** What `listNumberOrders` answers. */
export interface ListNumberOrdersAnswer {
  readonly data: readonly ListNumberOrdersRow[];
  readonly meta: {
    readonly page_number: number;
    readonly page_size: number;
    readonly total_pages: number;
    readonly total_results: number;
  };
}

/** How `listNumberOrders` is asked. */
export interface ListNumberOrdersQuery {
  readonly 'page[number]'?: number | undefined;
  readonly 'page[size]'?: number | undefined;
  readonly 'filter[status]'?: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted' | undefined;
  readonly 'filter[created_at][gt]'?: string | undefined;
  readonly 'filter[created_at][lt]'?: string | undefined;
  readonly 'filter[phone_numbers_count]'?: number | undefined;
  readonly 'filter[customer_reference]'?: string | undefined;
  readonly 'filter[requirements_met]'?: boolean | undefined;
}

/** What `createNumberOrder` is sent. */
export interface CreateNumberOrderBody {
  readonly phone_numbers: readonly {
    readonly phone_number: string;
    readonly requirement_group_id?: string | undefined;
    readonly bundle_id?: string | undefined;
  }[];
  readonly connection_id?: string | null | undefined;
  readonly messaging_profile_id?: string | null | undefined;
  readonly billing_group_id?: string | null | undefined;
  readonly customer_reference?: string | null | undefined;
}

/** What `updateNumberOrder` is sent. */
export interface UpdateNumberOrderBody {
  readonly customer_reference?: string | null | undefined;
  readonly regulatory_requirements?:
    | readonly {
        readonly requirement_id: string;
        readonly field_value: string;
      }[]
    | null
    | undefined;
}

/** One row of `listSubNumberOrders`. */
export interface ListSubNumberOrdersRow {
  readonly country_code: string;
  readonly created_at: string;
  readonly customer_reference?: string | undefined;
  readonly id: string;
  readonly is_block_sub_number_order: boolean;
  readonly order_request_id: string;
  readonly phone_number_type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly phone_numbers_count: number;
  readonly record_type: 'sub_number_order';
  readonly regulatory_requirements: readonly {
    readonly field_type: string;
    readonly record_type: 'phone_number_regulatory_requirement';
    readonly requirement_id: string;
  }[];
  readonly requirements_met: boolean;
  readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
  readonly updated_at: string;
  readonly user_id: string;
  readonly phone_numbers?: readonly unknown[] | undefined;
}

/** What `listSubNumberOrders` answers. */
export interface ListSubNumberOrdersAnswer {
  readonly data: readonly ListSubNumberOrdersRow[];
  readonly meta: {
    readonly page_number: number;
    readonly page_size: number;
    readonly total_pages: number;
    readonly total_results: number;
  };
}

/** How `listSubNumberOrders` is asked. */
export interface ListSubNumberOrdersQuery {
  readonly 'page[number]'?: number | undefined;
  readonly 'page[size]'?: number | undefined;
  readonly 'filter[status]'?: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted' | undefined;
  readonly 'filter[order_request_id]'?: string | undefined;
  readonly 'filter[country_code]'?: string | undefined;
  readonly 'filter[phone_number_type]'?: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost' | undefined;
  readonly 'filter[phone_numbers_count]'?: number | undefined;
}

/** What `updateSubNumberOrder` is sent. */
export interface UpdateSubNumberOrderBody {
  readonly regulatory_requirements?:
    | readonly {
        readonly requirement_id: string;
        readonly field_value: string;
      }[]
    | null
    | undefined;
}

/** One row of `listNumberOrderPhoneNumbers`. */
export interface ListNumberOrderPhoneNumbersRow {
  readonly bundle_id?: null | undefined;
  readonly country_code: string;
  readonly deadline?: string | undefined;
  readonly id: string;
  readonly is_block_number: boolean;
  readonly locality?: string | undefined;
  readonly order_request_id: string;
  readonly phone_number: string;
  readonly phone_number_type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly record_type: 'number_order_phone_number';
  readonly regulatory_requirements: readonly {
    readonly field_type: string;
    readonly field_value?: string | undefined;
    readonly record_type: 'phone_number_regulatory_requirement';
    readonly requirement_id: string;
  }[];
  readonly requirements_met: boolean;
  readonly requirements_status: string;
  readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
  readonly sub_number_order_id: string;
}

/** What `listNumberOrderPhoneNumbers` answers. */
export interface ListNumberOrderPhoneNumbersAnswer {
  readonly data: readonly ListNumberOrderPhoneNumbersRow[];
  readonly meta: {
    readonly page_number: number;
    readonly page_size: number;
    readonly total_pages: number;
    readonly total_results: number;
  };
}

/** How `listNumberOrderPhoneNumbers` is asked. */
export interface ListNumberOrderPhoneNumbersQuery {
  readonly 'page[number]'?: number | undefined;
  readonly 'page[size]'?: number | undefined;
  readonly 'filter[country_code]'?: string | undefined;
}

/** What `createSubNumberOrdersReport` is sent. */
export interface CreateSubNumberOrdersReportBody {
  readonly status?: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted' | undefined;
  readonly order_request_id?: string | undefined;
  readonly country_code?: string | undefined;
  readonly customer_reference?: string | undefined;
  readonly created_at_gt?: string | undefined;
  readonly created_at_lt?: string | undefined;
}
