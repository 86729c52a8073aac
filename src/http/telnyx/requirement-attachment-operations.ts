import { z } from 'zod';
import type { Changed } from '../../app/change.ts';
import { type FoundOrder, subOrderIn } from '../../app/orders/find-order.ts';
import { attachGroup } from '../../app/requirements/attach-group.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, uuidField } from '../wire-fields.ts';
import { itemSchema, subOrderSchema } from './order-answers.ts';
import type { OrderOperationDeps } from './order-operations.ts';
import { oneSchema } from './page.ts';
import { presentItem, presentSubOrder } from './present-order.ts';
import { presentJudgedValues } from './present-requirement.ts';

const TAG = 'Requirement Groups';
const body = z.object({ requirement_group_id: uuidField() }).transform((each) => each.requirement_group_id);
const need = { scope: 'numbers:write' } as const;
const REFUSED = { description: 'No such requirement group of yours, one for other numbers, or requirements that cannot change any more' };

/** Attaching a requirement group to a sub-order and to a single ordered number. */
export const requirementAttachmentOperations = (deps: OrderOperationDeps): AnyOperation[] => [toSubOrder(deps), toNumber(deps)];

const toSubOrder = (deps: OrderOperationDeps) =>
  operation({
    method: 'POST',
    path: '/sub_number_orders/:id/requirement_group',
    operationId: 'updateSubNumberOrderRequirementGroup',
    summary: 'Update requirement group for a sub number order',
    tag: TAG,
    resource: 'sub_order',
    params: idParams,
    body,
    need,
    changes: true,
    responses: {
      200: { description: 'The sub number order with its numbers.', schema: oneSchema(subOrderSchema) },
      404: { description: 'No such sub number order of yours' },
      422: REFUSED,
    },
    async handle({ actor, params: { id }, body: groupId, wait }) {
      const ref = { resource: 'sub_order', id } as const;
      return answerOnce(
        actor,
        () => attachGroup(deps, actor, { ref, groupId }, wait),
        (changed) => answer(changed, ({ order }) => presentSubOrder({ order, sub: subOrderIn(order, id) }, deps, true)),
      );
    },
  });

const toNumber = (deps: OrderOperationDeps) =>
  operation({
    method: 'POST',
    path: '/number_order_phone_numbers/:id/requirement_group',
    operationId: 'updateNumberOrderPhoneNumberRequirementGroup',
    summary: 'Update requirement group for a phone number order',
    tag: TAG,
    resource: 'order_item',
    params: idParams,
    body,
    need,
    changes: true,
    responses: {
      200: { description: 'The ordered number.', schema: oneSchema(itemSchema.extend({ regulatory_requirements: z.array(z.unknown()) })) },
      404: { description: 'No such ordered number of yours' },
      422: REFUSED,
    },
    async handle({ actor, params: { id }, body: groupId, wait }) {
      const ref = { resource: 'order_item', id } as const;
      return answerOnce(
        actor,
        () => attachGroup(deps, actor, { ref, groupId }, wait),
        (changed) => answer(changed, (found) => presentAttached(deps, found)),
      );
    },
  });

function presentAttached(deps: OrderOperationDeps, { order, items: [item] }: FoundOrder) {
  if (item === undefined) throw new Error('an ordered number without its item');
  const shown = presentItem({ order, sub: subOrderIn(order, item.subOrderId), item }, deps, { bundle_id: null });
  return { ...shown, regulatory_requirements: presentJudgedValues(item) };
}

const answer = ({ value, propagation }: Changed<FoundOrder>, present: (found: FoundOrder) => unknown): Answer => ({
  status: 200,
  body: { data: present(value) },
  headers: propagationHeaders(propagation, null),
});
