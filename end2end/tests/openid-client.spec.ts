// The built-in provider as a tool finds it that was written with openid-client, a certified relying party.
import type { Page } from "@playwright/test";
import * as client from "openid-client";
import { freePort, type Hub } from "../support/hub.ts";
import { address, showWho, signIn } from "../support/people.ts";
import { expect, test as base } from "../support/test.ts";
import { register, startTool } from "../support/tools.ts";

const port = await freePort();
const toolUrl = `http://127.0.0.1:${port}`;
const callback = `${toolUrl}/callback`;
const secret = "a secret with a space, a + and a %";
const SCOPE = "openid profile email groups membership offline_access";

const test = base.extend<object, { tool: string }>({
  tool: [
    async ({ hub }, use) => {
      const tool = await startTool(port);
      const registered = { name: "Files", redirect_uri: callback, post_logout_redirect_uri: `${toolUrl}/bye` };
      register(hub, { ...registered, client_id: "files", secret });
      register(hub, { ...registered, client_id: "files-es256", secret, algorithm: "ES256", subject_type: "pairwise" });
      register(hub, { ...registered, client_id: "terminal", name: "Terminal" });
      await use(tool.url);
      await tool.stop();
    },
    { scope: "worker", auto: true },
  ],
  // eslint-disable-next-line no-empty-pattern
  elsewhere: async ({}, use) => use([toolUrl]),
});

test.use({ community: "tools" });

async function discover(hub: Hub, clientId: string, metadata: Partial<client.ClientMetadata> = {}) {
  const auth = clientId === "terminal" ? client.None() : client.ClientSecretBasic(secret);
  const config = await client.discovery(new URL(hub.url), clientId, metadata, auth, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  return config;
}

/** A sign-in that a tool begins: the address to go to, and what will check the answer. */
async function begin(config: client.Configuration, more: Record<string, string> = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()];
  const to = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: SCOPE,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
    ...more,
  });
  return { to: to.href, checks: { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true } };
}

async function arrive(page: Page): Promise<URL> {
  await page.waitForURL((url) => url.href.startsWith(toolUrl));
  return new URL(page.url());
}

/** The error that a call ends with, by the name of the specification. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => "it was not refused",
    (error: unknown) => error,
  );
  if (error instanceof client.ResponseBodyError) return error.error;
  if (error instanceof client.AuthorizationResponseError) return error.error;
  return String(error);
}

test("code with PKCE, userinfo, refresh, introspection, revocation and logout", async ({ page, hub }) => {
  const config = await discover(hub, "files");
  expect(config.serverMetadata().supportsPKCE()).toBe(true);

  const { to, checks } = await begin(config, { login_hint: address("amara") });
  await page.goto(to);
  await expect(page.getByLabel("E-mail address")).toHaveValue(address("amara"));
  await showWho(page, address("amara"));
  const back = await arrive(page);
  expect(back.searchParams.get("iss")).toBe(hub.url);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  const claims = tokens.claims();
  expect(claims?.sid).toBeTruthy();
  expect(claims?.auth_time).toBeTruthy();
  const subject = claims?.sub ?? "";

  const info = await client.fetchUserInfo(config, tokens.access_token, subject);
  expect(info).toMatchObject({ preferred_username: "amara", email: address("amara") });
  expect(info.groups).toEqual(expect.arrayContaining(["hub:steward", "hub:member", "class:operational", "standing:active"]));
  expect(info.membership).toMatchObject({ standing: "active", class: expect.arrayContaining(["operational"]) });

  expect(await refusal(client.authorizationCodeGrant(config, back, checks))).toBe("invalid_grant");
  expect((await client.tokenIntrospection(config, tokens.access_token)).active, "the reuse took it back").toBe(false);

  const again = await begin(config, { prompt: "none" });
  await page.goto(again.to);
  const second = await client.authorizationCodeGrant(config, await arrive(page), again.checks);
  const said = await client.tokenIntrospection(config, second.access_token);
  expect(said).toMatchObject({ active: true, client_id: "files", sub: subject });

  const third = await client.refreshTokenGrant(config, second.refresh_token ?? "");
  expect(third.claims()?.sub).toBe(subject);
  expect(third.refresh_token).not.toBe(second.refresh_token);
  await client.tokenRevocation(config, third.access_token);
  expect((await client.tokenIntrospection(config, third.access_token)).active).toBe(false);
  const fourth = await client.refreshTokenGrant(config, third.refresh_token ?? "");
  expect(await refusal(client.refreshTokenGrant(config, third.refresh_token ?? ""))).toBe("invalid_grant");
  expect(await refusal(client.refreshTokenGrant(config, fourth.refresh_token ?? "")), "its family is gone").toBe("invalid_grant");

  const end = client.buildEndSessionUrl(config, {
    id_token_hint: second.id_token ?? "",
    post_logout_redirect_uri: `${toolUrl}/bye`,
    state: "over",
  });
  await page.goto(end.href);
  await expect(page).toHaveURL(`${toolUrl}/bye?state=over`);
  const silent = await begin(config, { prompt: "none" });
  await page.goto(silent.to);
  const refused = client.authorizationCodeGrant(config, await arrive(page), silent.checks);
  expect(await refusal(refused)).toBe("login_required");
});

test("ES256 and pairwise subjects, in the language that the tool asks for", async ({ page, hub }) => {
  const config = await discover(hub, "files-es256", { id_token_signed_response_alg: "ES256" });
  const { to, checks } = await begin(config, { ui_locales: "es" });
  await page.goto(to);
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  await page.getByLabel("Correo electrónico").fill(address("jonas"));
  await page.getByLabel("Contraseña", { exact: true }).fill("commons-demo");
  await page.getByRole("main").getByRole("button").click();
  const tokens = await client.authorizationCodeGrant(config, await arrive(page), checks);
  const subject = tokens.claims()?.sub ?? "";
  expect(subject).not.toMatch(/^[0-9a-f]{8}-/);
  expect((await client.fetchUserInfo(config, tokens.access_token, subject)).preferred_username).toBe("jonas");
});

test("a sign-out without a hint is asked about, and leads back to the tool", async ({ page, hub }) => {
  const config = await discover(hub, "files");
  await signIn(page, "mei");
  const end = client.buildEndSessionUrl(config, { post_logout_redirect_uri: `${toolUrl}/bye`, state: "over" });
  await page.goto(end.href);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign out?");
  await page.getByRole("button", { name: "Sign me out" }).click();
  await expect(page).toHaveURL(`${toolUrl}/bye?state=over`);
});

test("a tool registers itself with a token of a steward, and nobody without one", async ({ page, hub, visit }) => {
  const steward = await visit("amara");
  await steward.goto("/tools/sign-on/tokens");
  await steward.getByLabel("What it is for").fill("The board for sketches");
  await steward.getByRole("button", { name: "Make the token" }).click();
  await expect(steward.getByRole("heading", { name: "The new token" })).toBeVisible();
  const initialAccessToken = (await steward.getByRole("main").locator("code").first().textContent()) ?? "";
  const metadata = {
    client_name: "Board",
    redirect_uris: [callback],
    post_logout_redirect_uris: [`${toolUrl}/bye`],
    scope: "openid profile",
  };
  const registration = (token: string, more: Partial<client.ClientMetadata> = {}) =>
    client.dynamicClientRegistration(new URL(hub.url), { ...metadata, ...more }, undefined, {
      initialAccessToken: token,
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    });
  await expect(registration("another")).rejects.toThrow();
  expect(await refusal(registration(initialAccessToken, { redirect_uris: ["http://elsewhere.example/cb"] }))).toBe(
    "invalid_redirect_uri",
  );
  const config = await registration(initialAccessToken);
  await expect(registration(initialAccessToken), "good for one tool").rejects.toThrow();

  const { to, checks } = await begin(config, { scope: "openid profile" });
  await page.goto(to);
  await showWho(page, address("jonas"));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("May Board know who you are?");
  await page.getByRole("button", { name: "Yes, let me in" }).click();
  const tokens = await client.authorizationCodeGrant(config, await arrive(page), checks);
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims()?.sub ?? "");
  expect(info).toMatchObject({ preferred_username: "jonas" });
  expect(info.email, "not asked for").toBeUndefined();
});

test.describe("with scripts off", () => {
  test.use({ javaScriptEnabled: false });

  test("a program on the command line is let in by its code", async ({ page, hub }) => {
    const config = await discover(hub, "terminal");
    const device = await client.initiateDeviceAuthorization(config, { scope: "openid profile offline_access" });
    expect(device.verification_uri).toBe(`${hub.url}/device`);
    await page.goto(device.verification_uri);
    await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
    await showWho(page, address("linh"));
    await expect(page).toHaveURL(/\/device/);
    await page.getByLabel("Code").fill("WDJB-MJHT");
    await page.getByRole("button", { name: "Go on" }).click();
    await expect(page.getByRole("alert")).toContainText("No program waits under this code");
    await page.getByLabel("Code").fill(device.user_code.toLowerCase().replace("-", " "));
    await page.getByRole("button", { name: "Go on" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Let Terminal in?");
    await expect(page.getByRole("main")).toContainText("your name, handle, language and time zone");
    await page.getByRole("button", { name: "Let it in" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("It is in");
    const tokens = await client.pollDeviceAuthorizationGrant(config, device);
    const subject = tokens.claims()?.sub ?? "";
    expect((await client.fetchUserInfo(config, tokens.access_token, subject)).preferred_username).toBe("linh");
    expect((await client.refreshTokenGrant(config, tokens.refresh_token ?? "")).claims()?.sub).toBe(subject);
  });

  test("a person keeps a program out", async ({ page, hub }) => {
    const config = await discover(hub, "terminal");
    await signIn(page, "efua");
    const device = await client.initiateDeviceAuthorization(config, { scope: "openid" });
    await page.goto(device.verification_uri_complete ?? "");
    await page.getByRole("button", { name: "No, keep it out" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("It stays out");
    expect(await refusal(client.pollDeviceAuthorizationGrant(config, device))).toBe("access_denied");
  });
});
