// A foreign OpenID provider: the npm package oidc-provider, with a plain sign-in page where anybody's word is taken.
import { Provider } from "oidc-provider";

export const PEOPLE = {
  "s-4711": { name: "Noor Haddad", preferred_username: "noor", email: "noor@elsewhere.example" },
  "s-4712": { name: "Noor Haddad", preferred_username: "noor", email: "noor@elsewhere.example" },
};

const form = (subject) => `<!DOCTYPE html><html lang="en"><head><title>Elsewhere</title></head><body><main>
  <h1>Elsewhere</h1>
  <form method="post"><label>Who are you? <input name="subject" value="${subject}"></label>
  <button name="answer" value="yes">Continue</button><button name="answer" value="no">I would rather not</button></form>
  </main></body></html>`;

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

/** All scopes that the client asks for are granted: asking is not what is tested here. */
async function grant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const kept = session.grantIdFor(client.clientId);
  const grant = kept ? await provider.Grant.find(kept) : new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid profile email");
  await grant.save();
  return grant;
}

/** Starts the provider for one client. */
export async function startIssuer(port, client) {
  const url = `http://127.0.0.1:${port}`;
  const provider = new Provider(url, {
    clients: [{ grant_types: ["authorization_code"], response_types: ["code"], ...client }],
    claims: { openid: ["sub"], profile: ["name", "preferred_username"], email: ["email"] },
    cookies: { keys: ["only for tests"] },
    // The hub of the tests listens on the loopback, where this package would send nothing.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, accountId) =>
      PEOPLE[accountId] && { accountId, claims: () => ({ sub: accountId, ...PEOPLE[accountId] }) },
    loadExistingGrant: grant,
    interactions: { url: (_, interaction) => `/door/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!DOCTYPE html><html lang="en"><head><title>Elsewhere</title></head><body><main><h1>Leave Elsewhere?</h1>
            ${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button></main></body></html>`;
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = `<!DOCTYPE html><html lang="en"><head><title>Elsewhere</title></head><body><main><h1>You are out</h1></main></body></html>`;
        },
      },
    },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/door/")) return next();
    if (ctx.method === "GET") {
      ctx.type = "html";
      ctx.body = form("s-4711");
      return undefined;
    }
    const said = await body(ctx.req);
    const result = said.get("answer") === "yes"
      ? { login: { accountId: said.get("subject") } }
      : { error: "access_denied", error_description: "the person would rather not" };
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: false }));
    return undefined;
  });
  const server = await new Promise((started) => {
    const listening = provider.listen(port, "127.0.0.1", () => started(listening));
  });
  return {
    url,
    stop: () =>
      new Promise((stopped) => {
        server.close(stopped);
        server.closeAllConnections();
      }),
  };
}
