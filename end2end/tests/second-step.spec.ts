// Codes from an app after the password, and recovery codes for the day without it.
import { codeOf } from "../support/codes.ts";
import { accountMenu, address, showWho, signIn, signOut } from "../support/people.ts";
import { notice } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "second step" });

test("a second step is set up, asked for, replaced by a recovery code, and turned off", async ({ page, visit }) => {
  await signIn(page, "thandeka", "/account/security");
  await page.getByRole("link", { name: "Set it up" }).click();
  await expect(page.getByRole("img", { name: "Picture with the secret for your app" })).toBeVisible();
  const secret = (await page.getByRole("main").locator("code").textContent()) ?? "";
  await page.getByLabel("The code that the app shows now").fill("000 00x");
  await page.getByRole("button", { name: "Turn it on" }).click();
  await expect(page.locator("#code-error")).toBeVisible();
  // The code of the half minute before still counts here, so that the present one is left for signing in.
  await page.getByLabel("The code that the app shows now").fill(codeOf(secret, -30));
  await page.getByRole("button", { name: "Turn it on" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your recovery codes");
  const recovery = await page.getByRole("main").locator("code").allTextContents();
  expect(recovery).toHaveLength(10);
  await page.reload();
  await expect(page.getByText("Codes are shown once")).toBeVisible();
  await signOut(page);

  await page.goto("/sign-in?to=/account/trail");
  await showWho(page, address("thandeka"));
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("A second step");
  expect((await page.goto("/account"))?.status()).toBe(401);
  await page.goto("/sign-in?to=/account/trail");
  await showWho(page, address("thandeka"));
  await page.getByLabel("Code", { exact: true }).fill("abc");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.locator("#code-error")).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL("/account/trail");
  await expect(page.getByRole("main")).toContainText("You turned the second step on.");

  const elsewhere = await visit(undefined, { javaScriptEnabled: false });
  await elsewhere.goto("/sign-in");
  await showWho(elsewhere, address("thandeka"));
  await elsewhere.getByLabel("Code", { exact: true }).fill((recovery[0] ?? "").toUpperCase());
  await elsewhere.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(accountMenu(elsewhere)).toBeVisible();

  await page.goto("/account/security");
  await expect(page.getByText("9 recovery codes are left")).toBeVisible();
  await page.getByRole("button", { name: "Turn the codes off" }).click();
  await expect(notice(page)).toHaveText("We no longer ask for a code after the password.");
  await signOut(page);
  await signIn(page, "thandeka");
});
