// A place in a gathering: taken, seen, given back.
import { notice, programme, session } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test("a member books the next commons.hour, sees it among their places, and lets it go", async ({ visit }) => {
  const page = await visit("jonas");
  const next = (await programme(page, "commons_hour")).first();
  const title = (await next.getByRole("link").first().innerText()).trim();
  await next.getByRole("button", { name: /^Book a place/ }).click();
  await expect(notice(page)).toHaveText("Your place is booked. See you there.");

  await page.getByRole("banner").getByRole("link", { name: "My places" }).click();
  const coming = page.getByRole("region", { name: "Coming up" });
  const mine = coming.getByRole("listitem").filter({ hasText: title });
  await expect(mine).toContainText("booked");

  await mine.getByRole("button", { name: /^Let my place go/ }).click();
  await expect(notice(page)).toContainText("You let your place go");
  await expect(coming.getByText(title)).toHaveCount(0);
  const again = page.getByRole("region", { name: "You let these go" });
  await again.getByRole("listitem").filter({ hasText: title }).getByRole("button").click();
  await expect(mine).toContainText("booked");
});

test("where all places are taken, a person waits in line", async ({ visit }) => {
  const page = await visit("sam");
  await page.goto(await session(page, "special", /Mapping what each of us contributes/));
  const card = page.getByRole("complementary");
  await expect(card).toContainText(/12 of 12 places, \d+ waiting/);
  await card.getByRole("button", { name: /^Join the waiting list/ }).click();
  await expect(notice(page)).toContainText("You are on the waiting list");
  await expect(card).toContainText(/waiting, place \d/);
  await expect(card).toContainText(/12 of 12 places/);
  await card.getByRole("button", { name: /^Leave the waiting list/ }).click();
  await expect(card.getByRole("button", { name: /^Join the waiting list/ })).toBeVisible();
});

test("somebody who is not signed in is led to the sign-in and back", async ({ page }) => {
  const to = await session(page, "commons_hour");
  await page.goto(to);
  await page.getByRole("complementary").getByRole("link", { name: "Sign in to book" }).click();
  await expect(page).toHaveURL(/\/provider\/sign-in/);
  await page.getByLabel("E-mail address").fill("haruto@alder.example");
  await page.getByLabel("Password", { exact: true }).fill("commons-demo");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(to);
});

test("times are shown in the reader's own zone, with UTC beside them", async ({ visit }) => {
  const tokyo = await visit("mei");
  const to = await session(tokyo, "commons_hour");
  await tokyo.goto(to);
  await expect(tokyo.getByRole("main")).toContainText("03:00–04:30 your time");
  await expect(tokyo.getByRole("main")).toContainText("18:00 UTC");
});

test("a moved and a skipped gathering say so", async ({ page }) => {
  await page.goto("/programme?kind=commons_hour");
  const ahead = await page.getByRole("main").innerText();
  await page.goto("/programme?kind=commons_hour&when=past");
  const all = `${ahead}\n${await page.getByRole("main").innerText()}`;
  expect(all).toMatch(/\bmoved\b/i);
  expect(all).toMatch(/\bskipped\b/i);
});

test("the list and the month show the same gatherings", async ({ page }) => {
  await page.goto("/programme/month");
  const month = await page.locator("table.calendar a[href^='/sessions/']").count();
  expect(month).toBeGreaterThan(3);
  await page.getByRole("navigation", { name: "Months" }).getByRole("link", { name: /\d{4}/ }).last().click();
  await expect(page).toHaveURL(/month=\d{4}-\d{2}/);
  expect((await page.goto("/programme/month?month=never"))?.status()).toBe(404);
});
