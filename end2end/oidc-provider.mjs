// A foreign OpenID provider for the tests: npm's oidc-provider with one client, the hub, and two accounts.
// node oidc-provider.mjs PORT ADDRESS-OF-THE-HUB
import Provider from 'oidc-provider';

const [port, hub] = process.argv.slice(2);

const accounts = {
  rosa: { name: 'Rosa Quintero', preferred_username: 'rosa', email: 'rosa@elsewhere.example', email_verified: true },
  tomas: { name: 'Tomás Vidal', preferred_username: 'tomas', email: 'tomas@elsewhere.example', email_verified: true },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'hub',
      client_secret: 'a secret: with signs & spaces',
      redirect_uris: [`${hub}/sign-in/callback`],
      post_logout_redirect_uris: [`${hub}/`],
    },
  ],
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
  },
  // Its own plain pages ask for a login (the name of an account, any password) and for consent.
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['only for tests'] },
  findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
});

provider.listen(Number(port), '127.0.0.1', () => console.log(`foreign issuer on http://127.0.0.1:${port}`));
