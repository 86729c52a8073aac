import type { Action, Command } from '../command.ts';
import { LIST_OPTIONS, wantedRows } from '../list-options.ts';
import { UsageError } from '../usage-error.ts';

const STATUSES = ['pending', 'success', 'failure', 'cancelled', 'deleted'] as const;

const list: Action = {
  about: 'Orders of an account.',
  options: { ...LIST_OPTIONS, status: { type: 'string' } },
  async run({ given, output, telnyx }) {
    const wanted = wantedRows(given, 100);
    const query = { 'page[size]': wanted.pageSize, 'filter[status]': given.choice('status', STATUSES) };
    const rows = telnyx().phoneNumberOrders.iterateNumberOrders(query);
    await output.list(wanted.of(rows), ['created_at', 'status', 'phone_numbers_count', 'requirements_met', 'customer_reference', 'id']);
  },
};

const get: Action = {
  about: 'One order of an account with its numbers.',
  args: ['<id>'],
  async run({ given, output, telnyx }) {
    const { data } = await telnyx().phoneNumberOrders.retrieveNumberOrder(given.arg(0));
    await output.one(data);
  },
};

const create: Action = {
  about: 'Orders numbers, as +E.164, for an account.',
  args: ['<number…>'],
  options: { reference: { type: 'string' } },
  async run({ given, output, telnyx }) {
    const { data } = await telnyx().phoneNumberOrders.createNumberOrder({
      phone_numbers: given.args.map((number) => ({ phone_number: number })),
      customer_reference: given.text('reference'),
    });
    await output.one(data);
  },
};

const cancel: Action = {
  about: 'Cancels a part (sub-order) of an order of an account.',
  args: ['<sub-order id>'],
  async run({ given, output, telnyx }) {
    const { data } = await telnyx().phoneNumberOrders.cancelSubNumberOrder(given.arg(0));
    await output.one(data);
  },
};

const reviews: Action = {
  about: 'What waits for a review of the platform.',
  options: { ...LIST_OPTIONS, account: { type: 'string' } },
  async run({ given, output, admin }) {
    const wanted = wantedRows(given);
    const rows = admin().reviews.iterateReviews({ limit: wanted.pageSize, account_id: given.text('account') });
    await output.list(wanted.of(rows), ['created_at', 'kind', 'country', 'type', 'waiting', 'account_id', 'id']);
  },
};

const review: Action = {
  about: 'One thing to review with the values that were given.',
  args: ['<review id>'],
  async run({ given, output, admin }) {
    await output.one(await admin().reviews.getReview(given.arg(0)));
  },
};

const approve: Action = {
  about: 'Approves the values of a review; with --if-version only those that were looked at.',
  args: ['<review id>'],
  options: { reason: { type: 'string' }, 'if-version': { type: 'string' } },
  async run({ given, output, admin }) {
    const body = { reason: given.text('reason') };
    await output.one(await admin().reviews.approveReview(given.arg(0), body, {}, { ifMatch: given.integer('if-version') }));
  },
};

const decline: Action = {
  about: 'Declines the values of a review; the reason is told to the customer.',
  args: ['<review id>'],
  options: { reason: { type: 'string' }, 'if-version': { type: 'string' } },
  async run({ given, output, admin }) {
    const reason = given.text('reason');
    if (reason === undefined) throw new UsageError('orders decline: --reason is what the customer is told');
    await output.one(await admin().reviews.declineReview(given.arg(0), { reason }, {}, { ifMatch: given.integer('if-version') }));
  },
};

const deadline: Action = {
  about: 'Moves the deadline of one ordered number (RFC 3339).',
  args: ['<item id>', '<time>'],
  async run({ given, output, admin }) {
    await output.one(await admin().orders.updateOrderItem(given.arg(0), { deadline: given.arg(1) }));
  },
};

/** `dialplane orders`. */
export const ordersCommand: Command = {
  about: 'Orders: an account’s (list, get, create, cancel) and the platform’s reviews of them.',
  actions: { list, get, create, cancel, reviews, review, approve, decline, deadline },
};
