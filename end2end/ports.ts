// Where the servers of this run listen. The first process chooses, the workers inherit.

const first = Number((process.env.HUB_END2END_PORT ??= String(20000 + Math.floor(Math.random() * 20000))));

/** The hub with its built-in provider. */
export const hub = { port: first, url: `http://127.0.0.1:${first}` };
/** A foreign OpenID provider. */
export const issuer = { port: first + 1, url: `http://127.0.0.1:${first + 1}` };
/** A second hub, which signs people in at the foreign provider. */
export const guestHub = { port: first + 2, url: `http://127.0.0.1:${first + 2}` };
