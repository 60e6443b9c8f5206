// Finding things whose address is made anew with each demo community.
import { type Locator, type Page, expect } from "@playwright/test";

/** The rows of the programme for one kind of gathering. */
export async function programme(page: Page, kind: string): Promise<Locator> {
  await page.goto(`/programme?kind=${kind}`);
  return page.getByRole("main").getByRole("listitem").filter({ has: page.locator("time.date") });
}

/** The address of the first gathering of a kind whose title matches. */
export async function session(page: Page, kind: string, title: RegExp = /./, past = false): Promise<string> {
  await page.goto(`/programme?kind=${kind}${past ? "&when=past" : ""}`);
  const link = page.getByRole("main").locator('a[href^="/sessions/"]:not([href*="/room"])').filter({ hasText: title });
  const to = await link.first().getAttribute("href");
  expect(to, `a gathering of the kind ${kind}`).toMatch(/^\/sessions\/[0-9a-f-]+$/);
  return to ?? "";
}

/** Words that come after an act. */
export function notice(page: Page): Locator {
  return page.getByRole("main").locator("p.notice").first();
}

/** Marks the page in the browser, so that a reload would show. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));
}

export async function notReloaded(page: Page): Promise<void> {
  expect(await page.evaluate(() => "notReloaded" in window), "the page was not reloaded").toBe(true);
}

/** Waits until the islands of the page have woken. */
export async function awake(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-awake", "");
}
