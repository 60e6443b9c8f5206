// Several providers side by side: one record however a person comes, and sessions that end where they began.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Hub, freePort } from "../support/hub.ts";
import { startIssuer } from "../support/issuer.mjs";
import { accountMenu, address, showWho } from "../support/people.ts";
import { expect, test as base } from "../support/test.ts";

const ports = { hub: await freePort(), issuer: await freePort(), silent: await freePort() };
const issuerUrl = `http://127.0.0.1:${ports.issuer}`;
const secret = "a secret of the hub";

const test = base.extend({
  hub: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const url = `http://127.0.0.1:${ports.hub}`;
      const issuer = await startIssuer(ports.issuer, {
        client_id: "alder-hub",
        client_secret: secret,
        redirect_uris: [`${url}/sign-in/callback/elsewhere`],
        post_logout_redirect_uris: [`${url}/`],
        backchannel_logout_uri: `${url}/sign-in/back-channel-logout/elsewhere`,
        backchannel_logout_session_required: true,
      });
      const hub = await Hub.start(
        "demo",
        {
          HUB_SIGN_ON__BUILT_IN: "true",
          HUB_SIGN_ON__PROVIDERS__ELSEWHERE__LABEL: "Elsewhere",
          HUB_SIGN_ON__PROVIDERS__ELSEWHERE__ISSUER: issuer.url,
          HUB_SIGN_ON__PROVIDERS__ELSEWHERE__CLIENT_ID: "alder-hub",
          HUB_SIGN_ON__PROVIDERS__ELSEWHERE__CLIENT_SECRET: secret,
          HUB_SIGN_ON__PROVIDERS__SILENT__LABEL: "Silent",
          HUB_SIGN_ON__PROVIDERS__SILENT__ISSUER: `http://127.0.0.1:${ports.silent}`,
          HUB_SIGN_ON__PROVIDERS__SILENT__CLIENT_ID: "alder-hub",
        },
        ports.hub,
      );
      await use(hub);
      await hub.stop();
      await issuer.stop();
    },
    { scope: "worker" },
  ],
  // eslint-disable-next-line no-empty-pattern
  elsewhere: async ({}, use) => use([issuerUrl]),
  // eslint-disable-next-line no-empty-pattern
  expected: async ({}, use) => use([/status of 503/]),
});

async function throughElsewhere(page: Page, subject: string): Promise<void> {
  await expect(page.getByRole("heading", { name: "Elsewhere" })).toBeVisible();
  await page.getByLabel("Who are you?").fill(subject);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function flaws(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

test("two ways lead to one record, and a session ends with the provider's", async ({ page, visit }) => {
  await page.goto("/sign-in?to=/account/identities");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Sign in");
  expect(await flaws(page)).toEqual([]);
  await page.getByRole("link", { name: "Sign in with your account here" }).click();
  await showWho(page, address("amara"));
  await expect(page).toHaveURL("/account/identities");
  expect(await flaws(page)).toEqual([]);
  await expect(page.getByText("only way in which you sign in")).toBeVisible();

  await page.getByRole("link", { name: "Link Elsewhere" }).click();
  await throughElsewhere(page, "s-4711");
  await expect(page.getByRole("heading", { name: "Is this you?" })).toBeVisible();
  await expect(page.getByText("Elsewhere says that you are Noor Haddad")).toBeVisible();
  await page.getByRole("button", { name: "Yes, link it to my record" }).click();
  await expect(page.getByRole("status")).toContainText("It is linked");

  const other = await visit();
  await other.goto("/sign-in?to=/account/identities");
  await other.getByRole("link", { name: "Sign in with Elsewhere" }).click();
  await throughElsewhere(other, "s-4711");
  await expect(other).toHaveURL("/account/identities");
  await expect(other.getByText("You came in with this one")).toBeVisible();
  await expect(other.getByRole("button", { name: "Take off" })).toHaveCount(1);

  // Signing out at the provider reaches the hub by the back channel.
  await other.goto(`${issuerUrl}/session/end`);
  await other.getByRole("button", { name: "Yes, sign me out" }).click();
  await expect
    .poll(async () => (await other.request.get("/account")).status(), { message: "signed out of the hub" })
    .toBe(401);
  await page.reload();
  await expect(accountMenu(page)).toBeVisible();

  await page.getByRole("button", { name: "Take off Elsewhere" }).click();
  await expect(page.getByRole("button", { name: "Take off" })).toHaveCount(0);
});

test("the page says which provider does not answer, and tries again by itself", async ({ page }) => {
  const answer = await page.goto("/sign-in?with=silent");
  expect(answer?.status()).toBe(503);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("The sign-in service does not answer");
  expect(answer?.headers()["refresh"]).toContain("with=silent");
  await page.getByRole("link", { name: "Sign in another way" }).click();
  await expect(page.getByText("Does not answer since")).toBeVisible();
  await expect(page.getByRole("link", { name: "Sign in with Elsewhere" })).toBeVisible();
});

test("a steward makes two records one", async ({ page }) => {
  await page.goto("/sign-in?to=/members/amara&with=built-in");
  await showWho(page, address("amara"));
  await expect(accountMenu(page)).toBeVisible();
  const link = page.getByRole("link", { name: "Merge with another record" });
  await link.click();
  await page.getByLabel("Handle of the record that goes").fill("nobody-at-all");
  await page.getByRole("button", { name: "Show what would happen" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await flaws(page)).toEqual([]);
});
