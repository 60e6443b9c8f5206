// Passkeys, with Chromium's virtual authenticator: an account without a password, and a second step after one.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Hub } from "../support/hub.ts";
import { accountMenu, address, showWho, signIn, signOut } from "../support/people.ts";
import { notice } from "../support/places.ts";
import { expect, test as base } from "../support/test.ts";

// Browsers know passkeys at a name, not at a number.
const test = base.extend({
  hub: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const hub = await Hub.start("demo", {}, undefined, "localhost");
      await use(hub);
      const errors = hub.errors();
      await hub.stop();
      expect(errors, "the program logged errors").toEqual([]);
    },
    { scope: "worker" },
  ],
});

/** Gives a page a key store in its device; `knows` says whether the device recognises its person from then on. */
async function keyStore(page: Page): Promise<{ knows: (person: boolean) => Promise<unknown> }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { knows: (isUserVerified) => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }) };
}

/** No flaw that axe finds, as on the other pages. */
async function isFlawless(page: Page): Promise<void> {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(rules).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`)).toEqual([]);
}

test("somebody makes an account with a passkey and comes back with it", async ({ page, hub }) => {
  await keyStore(page);
  await page.goto("/provider/register");
  await page.getByLabel("Your name").fill("Ines Prado");
  await page.getByLabel("E-mail address").fill("ines@example.org");
  await page.getByRole("button", { name: "Send me a letter" }).click();
  await page.goto(await hub.linkIn("ines@example.org"));
  await isFlawless(page);
  await page.getByRole("button", { name: "Come in with a passkey" }).click();
  await expect(page).toHaveURL("/welcome");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome, Ines Prado");

  await page.goto("/account/security");
  const passkeys = page.getByRole("region", { name: "Passkeys" });
  await expect(passkeys.getByRole("listitem")).toHaveCount(1);
  await passkeys.getByRole("button", { name: /^Remove/ }).click();
  await expect(page.getByRole("alert").first()).toContainText("the only way into your account");

  await signOut(page);
  await page.goto("/sign-in?to=/account/trail");
  await isFlawless(page);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page).toHaveURL("/account/trail");
  await expect(accountMenu(page)).toBeVisible();
  await expect(page.getByRole("main")).toContainText("Your account was made.");
});

test("a passkey is the second step after the password, and goes again", async ({ page }) => {
  await keyStore(page);
  await signIn(page, "montse", "/account/security");
  const passkeys = page.getByRole("region", { name: "Passkeys" });
  await passkeys.getByLabel("A name for it").fill("My phone");
  await passkeys.getByRole("button", { name: "Add a passkey" }).click();
  await expect(notice(page)).toHaveText("The passkey is added.");
  await expect(passkeys.getByRole("listitem")).toContainText("My phone");
  await isFlawless(page);
  await passkeys.getByRole("button", { name: "Add a passkey" }).click();
  await expect(passkeys.getByRole("alert")).toContainText("did not work");
  await expect(passkeys.getByRole("listitem")).toHaveCount(1);

  await passkeys.getByRole("button", { name: "Ask for a passkey after my password" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
  await expect(page.getByRole("main").locator("code")).toHaveCount(10);
  await signOut(page);
  await page.goto("/sign-in");
  await showWho(page, address("montse"));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A second step");
  await expect(accountMenu(page)).toHaveCount(0);
  await page.getByRole("button", { name: "Use my passkey" }).click();
  await expect(accountMenu(page)).toBeVisible();

  await page.goto("/account/security");
  await passkeys.getByRole("button", { name: "Remove My phone" }).click();
  await expect(notice(page)).toHaveText("The passkey is removed.");
  await signOut(page);
  await signIn(page, "montse");
});

test("whom the device does not recognise stays outside, and may try again", async ({ page }) => {
  const device = await keyStore(page);
  await signIn(page, "jonas", "/account/security");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(notice(page)).toHaveText("The passkey is added.");
  await signOut(page);
  await page.goto("/sign-in");
  await device.knows(false);
  const button = page.getByRole("button", { name: "Sign in with a passkey" });
  await button.click();
  await expect(page.getByRole("alert")).toContainText("did not work");
  await expect(accountMenu(page)).toHaveCount(0);
  await device.knows(true);
  await button.click();
  await expect(accountMenu(page)).toBeVisible();
});

test("with scripts off the pages say what a passkey needs, and the other way works", async ({ visit }) => {
  const page = await visit(undefined, { javaScriptEnabled: false });
  await page.goto("/provider/sign-in");
  await expect(page.getByText("A passkey needs scripts")).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
  await showWho(page, address("sam"));
  await expect(accountMenu(page)).toBeVisible();
  await page.goto("/account/security");
  await expect(page.getByText("A passkey needs scripts")).toBeVisible();
});
