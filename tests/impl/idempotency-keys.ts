/** Headers that every route with an `Idempotency-Key` must read alike. */
export const badKeys = ['a b', 'a, b', '"open', '""', '"a\\x"', 'x'.repeat(256), `"${'x'.repeat(256)}"`, 'caf\u00e9'];

export const goodKeys = ['x'.repeat(255), `"${'x'.repeat(253)}\\""`, "';_drop_table_domain.idempotency;_--", '"a, b"'];
