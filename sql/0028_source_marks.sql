-- What tells a customer's requests from others of the same address (decisions C1, C21): a token of which only a keyed fingerprint is kept,
-- a prefix of the called number, a name below the domain, a registration. Part of the record of the row (decision C2). Null: the address.
-- {token: {header, fingerprint}, techPrefix, domain, registered}
alter table sources add column marks json;
