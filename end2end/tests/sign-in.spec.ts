// Signing in through the hub's own OpenID provider.
import { accountMenu, address, showWho, signIn, signOut } from "../support/people.ts";
import { notice } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test("a member signs in, comes back to where they were, and signs out", async ({ page }) => {
  await page.goto("/spaces/commons-hour");
  await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/provider\/sign-in/);
  await showWho(page, address("mei"));
  await expect(page).toHaveURL("/spaces/commons-hour");
  await accountMenu(page).click();
  await expect(page.getByText("Mei Tanaka")).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
  expect((await page.goto("/bookings"))?.status()).toBe(401);
});

test("after signing out, the provider asks again who you are", async ({ page }) => {
  await signIn(page, "rawiri");
  await signOut(page);
  await page.goto("/sign-in");
  await expect(page.getByLabel("Password", { exact: true })).toBeVisible();
});

test("a wrong password is said, and the address stays", async ({ page }) => {
  await page.goto("/sign-in?to=/bookings");
  await showWho(page, address("efua"), "not her password");
  await expect(page.getByRole("alert").first()).toContainText("do not go together");
  await expect(page.getByLabel("E-mail address")).toHaveValue(address("efua"));
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");

  await showWho(page, address("efua"));
  await expect(page).toHaveURL("/bookings");
});

test("a page for members leads through the sign-in and back", async ({ page }) => {
  const refused = await page.goto("/bookings");
  expect(refused?.status()).toBe(401);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await showWho(page, address("okello"));
  await expect(page).toHaveURL("/bookings");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("My places");
});

test("a person sees their devices and signs one out from another", async ({ visit }) => {
  const phone = await visit(undefined, {
    userAgent: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
  });
  await signIn(phone, "sipho");
  const desk = await visit();
  await signIn(desk, "sipho");

  await desk.goto("/account/sessions");
  await expect(desk.getByText("This device")).toHaveCount(1);
  await desk.getByRole("button", { name: "Sign out of Chrome on Android" }).click();
  await expect(notice(desk)).toHaveText("That device is signed out.");
  expect((await phone.goto("/account"))?.status()).toBe(401);
  expect((await desk.goto("/account"))?.status()).toBe(200);
});

test("the cookie of a session is out of reach of scripts and of other sites", async ({ page, context }) => {
  await signIn(page, "montse");
  const before = await context.cookies();
  const session = before.find((cookie) => cookie.httpOnly && cookie.sameSite === "Lax" && cookie.value.length > 20);
  expect(session).toBeDefined();
  expect(await page.evaluate(() => document.cookie)).not.toContain(session?.name ?? "?");
});
