/** A guard of an invariant, taken out where it stands, and the test that must see it. */
export interface Mutation {
  readonly name: string;
  readonly invariant: number;
  /** Named from `src`. */
  readonly file: string;
  /** Is in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** Of its tests those that bear the invariant's number must go red. */
  readonly test: string;
  /** True: the test needs neither Postgres nor Redis; such mutations run with the normal suite. */
  readonly alone?: true;
}

/** At least one for each invariant of docs/INVARIANTS.md. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'number-not-locked',
    invariant: 1,
    file: 'store/numbers.ts',
    find: "await many('id = $1 for no key update', [id],",
    replace: "await many('id = $1', [id],",
    test: 'test/store/numbers.test.ts',
  },
  {
    name: 'holder-left-open',
    invariant: 1,
    file: 'store/numbers.ts',
    find: 'where number_id = $1 and to_at is null',
    replace: 'where number_id = $1 and to_at is null and false',
    test: 'test/store/numbers.test.ts',
  },
  {
    name: 'older-version-written',
    invariant: 2,
    file: 'redis/record-writer.ts',
    find: '(epoch == mine and version > my)',
    replace: 'false',
    test: 'test/redis/record-writer.test.ts',
  },
  {
    name: 'auditor-sees-no-missing-record',
    invariant: 2,
    file: 'app/routing/audit-plane.ts',
    find: 'rowIds.length === 0 ? [] : await',
    replace: 'rowIds.length >= 0 ? [] : await',
    test: 'test/app/routing/audit-plane.test.ts',
  },
  {
    name: 'versions-not-compared',
    invariant: 3,
    file: 'redis/admission-script.ts',
    find: 'if newer then return newer end',
    replace: '',
    test: 'test/redis/admission.test.ts',
  },
  {
    name: 'freeze-not-looked-at',
    invariant: 4,
    file: 'redis/admission-script.ts',
    find: "if redis.call('EXISTS', KEYS[6 + 2 * n]) == 1 then return {'moving'} end",
    replace: '',
    test: 'test/app/cool-off-race.test.ts',
  },
  {
    name: 'fence-does-not-wait-for-agents',
    invariant: 4,
    file: 'redis/holder-fence.ts',
    find: "state ~= 'gone' and now - at <= tonumber(ARGV[5])",
    replace: 'false',
    test: 'test/redis/holder-fence.test.ts',
  },
  {
    name: 'live-call-is-no-last-call',
    invariant: 4,
    file: 'domain/cool-off.ts',
    find: 'const last = liveCalls > 0 ?',
    replace: 'const last = liveCalls > 1 ?',
    test: 'test/app/cool-off-race.test.ts',
  },
  {
    name: 'last-call-goes-back-in-redis',
    invariant: 5,
    file: 'redis/admission-script.ts',
    find: 'if last and last >= at then',
    replace: 'if false then',
    test: 'test/redis/admission.test.ts',
  },
  {
    name: 'last-call-goes-back-in-postgres',
    invariant: 5,
    file: 'store/fold-statement.ts',
    // Two guards, each enough: the row that would go back is left out, and what is written is the later one.
    find: `select n.id, greatest(n.last_call_at, t.at) as at from (select * from touched order by number_id) t
      cross join lateral (select id, last_call_at from numbers where id = t.number_id
        and last_call_at is distinct from greatest(last_call_at, t.at) for no key update) n`,
    replace: `select n.id, t.at as at from (select * from touched order by number_id) t
      cross join lateral (select id, last_call_at from numbers where id = t.number_id for no key update) n`,
    test: 'test/store/calls.test.ts',
  },
  {
    name: 'live-calls-not-replayed',
    invariant: 5,
    file: 'app/calls/re-assert-calls.ts',
    find: 'for (const { callId } of this.#events.held()) this.#owed.add(callId);',
    replace: '',
    test: 'test/app/calls/deliver-journal.test.ts',
  },
  {
    name: 'limit-not-looked-at',
    invariant: 6,
    file: 'redis/lease-script.ts',
    find: "if in_use(key, fields) >= max then return {'full', tostring(i), 'channels'} end",
    replace: '',
    test: 'test/redis/leases.test.ts',
  },
  {
    name: 'lease-not-given-back',
    invariant: 6,
    file: 'redis/lease-script.ts',
    find: "  redis.call('HDEL', key, call)",
    replace: '',
    test: 'test/redis/leases.test.ts',
  },
  {
    name: 'minutes-begin-without-lease',
    invariant: 6,
    file: 'redis/minutes-script.ts',
    find: "redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 or ",
    replace: '',
    test: 'test/redis/minutes.test.ts',
  },
  {
    name: 'false-end-counted-again',
    invariant: 6,
    file: 'redis/minutes-script.ts',
    find: 'local at = math.max(tonumber(ARGV[2]), counted_to)',
    replace: 'local at = tonumber(ARGV[2])',
    test: 'test/redis/minutes.test.ts',
  },
  {
    name: 'balance-not-moved',
    invariant: 7,
    file: 'store/ledger.ts',
    find: 'wallet_minor = b.wallet_minor + excluded.wallet_minor',
    replace: 'wallet_minor = b.wallet_minor + 0 * excluded.wallet_minor',
    test: 'test/store/ledger.test.ts',
  },
  {
    name: 'answer-not-kept',
    invariant: 8,
    file: 'app/idempotency/once.ts',
    find: '      if (isSuccess(answer)) await write(tx, answer);\n    },',
    replace: '    },',
    test: 'test/api/idempotency-crash.test.ts',
  },
  {
    name: 'key-not-locked',
    invariant: 8,
    file: 'store/idempotency.ts',
    find: 'return rows[0]?.claimed === true;',
    replace: 'return rows[0] !== undefined;',
    test: 'test/api/idempotency-crash.test.ts',
  },
  {
    name: 'records-not-kept-with-the-call',
    invariant: 9,
    file: 'app/calls/stored-decision.ts',
    find: 'const found = read.get(record)?.record ?? null;',
    replace: "const found = record.startsWith('endpoint') ? null : (read.get(record)?.record ?? null);",
    test: 'test/app/calls/stored-decision.test.ts',
    alone: true,
  },
  {
    name: 'stranger-told-why',
    invariant: 10,
    file: 'sip/replies.ts',
    find: 'if (callId === null) return { status: refusal.sipStatus, headers: retry };',
    replace: "if (callId === null) return { status: refusal.sipStatus, headers: { ...retry, 'X-Dialplane-Reason': code } };",
    test: 'test/sip/replies.test.ts',
    alone: true,
  },
  {
    name: 'foreign-number-shown',
    invariant: 11,
    file: 'app/numbers/own-number.ts',
    find: 'return isMaster || sameHolder(number.holder, holderOf(actor.account));',
    replace: 'return isMaster || sameHolder(number.holder, holderOf(actor.account)) || true;',
    test: 'test/api/kros/invariants.test.ts',
  },
  {
    name: 'end-told-twice',
    invariant: 12,
    file: 'store/fold-statement.ts',
    find: "(c.outcome is null or c.outcome = 'agent_lost'))\"",
    replace: 'true)"',
    test: 'test/store/calls.test.ts',
  },
  {
    name: 'lost-call-left-open',
    invariant: 12,
    file: 'app/calls/close-lost-calls.ts',
    find: 'const done = await lostCalls.closeListed(agent.id, agent.sign, endOf, () => nowMs() < until);',
    replace: "const done = { closed: [endOf('')], left: 'some' };",
    test: 'test/faults/calls.test.ts',
  },
  {
    name: 'closed-behind-a-sign-of-life',
    invariant: 12,
    file: 'redis/close-call-script.ts',
    find: "if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return -1 end",
    replace: '',
    test: 'test/redis/lost-calls.test.ts',
  },
  {
    name: 'adopted-call-left-open',
    invariant: 12,
    file: 'app/calls/deliver-left-journal.ts',
    find: "if (unlisted.size === 0) return 'none';",
    replace: "if (unlisted.size >= 0) return 'none';",
    test: 'test/app/calls/deliver-journal.test.ts',
  },
  {
    name: 'refusal-not-written',
    invariant: 12,
    file: 'redis/admission-script.ts',
    find: "redis.call('XADD', KEYS[3], '*', 'e', ARGV[9])\n",
    replace: "if ARGV[8] == '1' then redis.call('XADD', KEYS[3], '*', 'e', ARGV[9]) end\n",
    test: 'test/sip/call-invariants.test.ts',
  },
  {
    name: 'change-not-audited',
    invariant: 13,
    file: 'app/numbers/save-number.ts',
    find: '  await auditNumber(tx, before, after, action, more);',
    replace: '',
    test: 'test/api/kros/invariants.test.ts',
  },
  {
    name: 'lost-job-not-handed-over-again',
    invariant: 14,
    file: 'app/jobs/sweep-jobs.ts',
    find: 'if (due.length > 0) await deps.queue.wake(due);',
    replace: '',
    test: 'test/jobs/jobs.test.ts',
  },
  {
    name: 'end-of-a-run-that-was-taken-over',
    invariant: 14,
    file: 'store/jobs.ts',
    find: "where id = $1 and runs = $2 and state = 'running'`",
    replace: 'where id = $1 and runs >= $2`',
    test: 'test/jobs/jobs.test.ts',
  },
  {
    name: 'call-ended-by-another-agent-kept',
    invariant: 15,
    file: 'app/calls/check-own-legs.ts',
    find: '      hangUp(callId);\n',
    replace: '',
    test: 'test/app/calls/check-own-legs.test.ts',
  },
];
