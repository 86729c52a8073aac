/** One group (or operation) of a vendor's API and what becomes of it here. */
export interface Row {
  readonly group: string;
  /** Its operations by the vendor's title, as `METHOD /path`; empty where we build none of them. */
  readonly operations: readonly (readonly [title: string, operation: string])[];
  /** `core`: ours to build; `label`: accepted and echoed as a text; `out`: not in this product. */
  readonly kind: 'core' | 'label' | 'out';
  readonly note: string;
}

type Operations = Readonly<Record<string, string>>;

export const core = (group: string, operations: Operations, note = ''): Row => ({
  group,
  operations: Object.entries(operations),
  kind: 'core',
  note,
});
export const label = (group: string, note: string): Row => ({ group, operations: [], kind: 'label', note });
/** Groups that are out for the same reason. */
export const out = (note: string, ...groups: string[]): readonly Row[] =>
  groups.map((group) => ({ group, operations: [], kind: 'out', note }));

/** The usual five of a resource. */
export const crud = (at: string, id = 'id'): Operations => ({
  List: `GET ${at}`,
  Create: `POST ${at}`,
  Delete: `DELETE ${at}/{${id}}`,
  Retrieve: `GET ${at}/{${id}}`,
  Update: `PATCH ${at}/{${id}}`,
});
