// Signing in and out, as a person does it.
import { type Page, expect } from "@playwright/test";

export const PASSWORD = "commons-demo";

export function address(handle: string): string {
  return `${handle}@alder.example`;
}

/** Fills in the built-in provider's form, wherever the way there began. */
export async function showWho(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("main").getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs a demo person in and leaves them where they wanted to go. */
export async function signIn(page: Page, handle: string, to = "/"): Promise<void> {
  await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
  await showWho(page, address(handle));
  await expect(accountMenu(page)).toBeVisible();
}

/** What only a signed-in person sees in the header. */
export function accountMenu(page: Page) {
  return page.getByRole("banner").locator("summary", { hasText: "Account" });
}

export async function signOut(page: Page): Promise<void> {
  await accountMenu(page).click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/do/"), { waitUntil: "load" });
  await expect(accountMenu(page)).toBeHidden();
}
