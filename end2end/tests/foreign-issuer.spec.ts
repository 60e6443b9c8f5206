// The community's own OpenID provider in place of the built-in one: here the npm package oidc-provider.
import type { Page } from "@playwright/test";
import { Hub, freePort } from "../support/hub.ts";
import { startIssuer } from "../support/issuer.mjs";
import { accountMenu, signOut } from "../support/people.ts";
import { expect, test as base } from "../support/test.ts";

const ports = { hub: await freePort(), issuer: await freePort() };
const issuerUrl = `http://127.0.0.1:${ports.issuer}`;
const secret = "a secret with a space, a + and a %";

const test = base.extend({
  hub: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const url = `http://127.0.0.1:${ports.hub}`;
      const issuer = await startIssuer(ports.issuer, {
        client_id: "alder-hub",
        client_secret: secret,
        redirect_uris: [`${url}/sign-in/callback`],
        post_logout_redirect_uris: [`${url}/`],
      });
      const settings = {
        HUB_SIGN_ON__ISSUER: issuer.url,
        HUB_SIGN_ON__CLIENT_ID: "alder-hub",
        HUB_SIGN_ON__CLIENT_SECRET: secret,
      };
      const hub = await Hub.start("demo", settings, ports.hub);
      await use(hub);
      await hub.stop();
      await issuer.stop();
    },
    { scope: "worker" },
  ],
  // eslint-disable-next-line no-empty-pattern
  elsewhere: async ({}, use) => use([issuerUrl]),
});

async function arrive(page: Page, subject: string): Promise<void> {
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
  await page.getByLabel("Who are you?").fill(subject);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function ownProfile(page: Page): Promise<string> {
  await accountMenu(page).click();
  return (await page.getByRole("link", { name: "My profile", exact: true }).first().getAttribute("href")) ?? "";
}

test("a member is made from the claims, and is the same one the next time", async ({ page, visit }) => {
  await arrive(page, "s-4711");
  await expect(page).toHaveURL("/welcome");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome, Noor Haddad");
  const profile = await ownProfile(page);

  const again = await visit();
  await arrive(again, "s-4711");
  await expect(again).toHaveURL("/");
  expect(await ownProfile(again)).toBe(profile);

  // The same name and address, but another subject: another person.
  const namesake = await visit();
  await arrive(namesake, "s-4712");
  await expect(namesake).toHaveURL("/welcome");
  expect(await ownProfile(namesake)).not.toBe(profile);

  await page.goto("/account");
  await expect(page.getByText("Through 127.0.0.1")).toBeVisible();
});

test("signing out signs out at the provider too", async ({ page }) => {
  await arrive(page, "s-4711");
  await expect(accountMenu(page)).toBeVisible();
  await signOut(page);
  await expect(page).toHaveURL(new RegExp(`^${issuerUrl}/`));
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
});

test("a person who would rather not is told that nothing happened", async ({ page }) => {
  await page.goto("/sign-in?to=/programme");
  await page.getByRole("button", { name: "I would rather not" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("You are not signed in");
  await expect(page.getByRole("link", { name: "Start again" })).toHaveAttribute("href", /\/sign-in\?to=%2Fprogramme/);
});

test("the built-in provider is not there beside a foreign one", async ({ request }) => {
  for (const path of ["/.well-known/openid-configuration", "/oauth2/jwks", "/provider/sign-in", "/provider/register"]) {
    expect((await request.get(path)).status(), path).toBe(404);
  }
});
