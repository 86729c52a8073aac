/**
 * What every command comes to in every state: `ok:<state>` when it changes something (and the state of its subject after it), `same`
 * when it is allowed and changes nothing, else the refusal, whose code in each face is in `refusal-codes.ts`. Written from
 * seed-apis D.4.1 to D.4.3 and decisions B1, B2, B25 to B27.
 */
export const NUMBER_EDGES = `
state            reserve      order        buy_kros          buy_vobiz         kros_release vobiz_release vobiz_now      telnyx_release keep        assign      unassign    suspend       resume           lock         block       order_theirs
stock            ok:kept      ok:active    ok:active         ok:active         not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state ok:theirs
regulated        ok:kept      ok:pending   requirements_open requirements_open not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state ok:theirs
kept             reserved     ok:active    ok:active         ok:active         not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state not_in_stock
kept_by_other    reserved     not_in_stock not_in_stock      not_in_stock      not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state ok:theirs
pending          not_in_stock not_in_stock not_in_stock      not_in_stock      ok:stock     ok:stock      ok:stock       ok:stock       wrong_state wrong_state not_found   ok:pending    same             ok:pending   ok:pending  not_in_stock
active           not_in_stock not_in_stock not_in_stock      not_in_stock      ok:stock     ok:releasing  ok:quarantined ok:stock       wrong_state ok:sub      not_found   ok:suspended  same             ok:locked    ok:blocked  not_in_stock
suspended        not_in_stock not_in_stock not_in_stock      not_in_stock      ok:stock     ok:releasing  ok:quarantined ok:stock       wrong_state ok:sub      not_found   same          ok:active        ok:suspended ok:blocked  not_in_stock
blocked          not_in_stock not_in_stock not_in_stock      not_in_stock      ok:stock     ok:releasing  ok:quarantined ok:stock       wrong_state ok:blocked  not_found   ok:blocked    number_suspended ok:blocked   same        not_in_stock
locked           not_in_stock not_in_stock not_in_stock      not_in_stock      locked       locked        locked         locked         wrong_state ok:sub      not_found   ok:suspended  same             same         ok:blocked  not_in_stock
sub              not_in_stock not_in_stock not_in_stock      not_in_stock      ok:stock     ok:releasing  ok:quarantined ok:stock       wrong_state not_found   ok:active   ok:suspended  same             ok:locked    ok:blocked  not_in_stock
releasing        not_in_stock not_in_stock not_in_stock      not_in_stock      not_found    not_found     not_found      not_found      ok:active   not_found   not_found   not_found     not_found        not_found    wrong_state not_in_stock
releasing_late   not_in_stock not_in_stock not_in_stock      not_in_stock      not_found    not_found     not_found      not_found      wrong_state not_found   not_found   not_found     not_found        not_found    wrong_state not_in_stock
quarantined      ok:kept      ok:active    ok:active         ok:active         not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state not_in_stock
theirs_waiting   not_in_stock not_in_stock not_in_stock      not_in_stock      not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    wrong_state ok:theirs
theirs           not_in_stock not_in_stock not_in_stock      not_in_stock      not_found    not_found     not_found      not_found      not_found   not_found   not_found   not_found     not_found        not_found    ok:blocked  not_in_stock
`;

/** An ordered number of two requirements: a tax number that a rule approves, and a name that a person does. */
export const ORDER_EDGES = `
state        offer       offer_bad   offer_unknown rename       cancel       attach      approve     decline     deadline    past        release     foreign
unset        ok:unset    invalid     invalid       ok:unset     ok:cancelled ok:success  wrong_state wrong_state ok:unset    invalid     ok:deleted  not_found
provided     same        same        invalid       ok:provided  ok:cancelled ok:success  ok:success  ok:rejected wrong_state wrong_state ok:deleted  not_found
rejected     ok:provided same        invalid       ok:rejected  ok:cancelled ok:success  wrong_state wrong_state ok:rejected invalid     ok:deleted  not_found
overdue      ok:unset    invalid     invalid       ok:unset     ok:cancelled ok:success  wrong_state wrong_state ok:unset    invalid     ok:deleted  not_found
success      satisfied   satisfied   satisfied     ok:success   wrong_state  satisfied   wrong_state wrong_state wrong_state wrong_state ok:deleted  not_found
plain        wrong_state wrong_state wrong_state   ok:success   wrong_state  invalid     wrong_state wrong_state wrong_state wrong_state ok:deleted  not_found
cancelled    wrong_state wrong_state wrong_state   ok:cancelled wrong_state  wrong_state wrong_state wrong_state wrong_state wrong_state not_found   not_found
expired      wrong_state wrong_state wrong_state   ok:cancelled wrong_state  wrong_state wrong_state wrong_state wrong_state wrong_state not_found   not_found
deleted      wrong_state wrong_state wrong_state   ok:deleted   wrong_state  wrong_state wrong_state wrong_state wrong_state wrong_state not_found   not_found
`;

export const GROUP_EDGES = `
state      fill        fill_bad    fill_unknown fill_same   submit       approve      decline      drop        attach        order         foreign
empty      ok:empty    invalid     invalid      ok:empty    wrong_state  wrong_state  wrong_state  ok:deleted  same          ok:empty      not_found
full       ok:full     invalid     invalid      same        ok:in_review wrong_state  wrong_state  ok:deleted  ok:full       ok:full       not_found
in_review  wrong_state invalid     invalid      same        wrong_state  ok:approved  ok:declined  ok:deleted  ok:in_review  ok:in_review  not_found
approved   ok:full     invalid     invalid      same        wrong_state  wrong_state  wrong_state  ok:deleted  ok:approved   ok:approved   not_found
declined   ok:full     invalid     invalid      same        ok:in_review wrong_state  wrong_state  ok:deleted  invalid       invalid       not_found
expired    ok:full     invalid     invalid      same        ok:in_review wrong_state  wrong_state  ok:deleted  invalid       invalid       not_found
deleted    not_found   not_found   not_found    not_found   not_found    not_found    not_found    not_found   no_such_group no_such_group not_found
`;

export const RESERVATION_EDGES = `
state          extend      extend_foreign order         order_other   reserve       reserve_other
kept           ok:kept     not_found      ok:sold       not_in_stock  reserved      reserved
partly_sold    ok:kept     not_found      ok:sold       not_in_stock  reserved      reserved
extended_twice extensions  not_found      ok:sold       not_in_stock  reserved      reserved
sold           wrong_state not_found      not_in_stock  not_in_stock  not_in_stock  not_in_stock
over           wrong_state not_found      ok:sold       ok:sold       ok:over       ok:over
kept_again     wrong_state not_found      not_in_stock  ok:sold       reserved      reserved
`;

/** A table as rows of cells by state and command. */
export function cellsOf(table: string): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const [head = [], ...rows] = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/));
  return Object.fromEntries(
    rows.map(([state = '', ...cells]) => [state, Object.fromEntries(cells.map((cell, at) => [head[at + 1], cell]))]),
  );
}
