// The three ways that the hub is for, with scripts off.
import { showWho, address } from "../support/people.ts";
import { notice, programme, session } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "no scripts", javaScriptEnabled: false });

const off = { javaScriptEnabled: false };

test("sign in, book the next commons.hour, see it, let it go", async ({ page }) => {
  await page.goto("/programme?kind=commons_hour");
  await page.getByRole("main").getByRole("link", { name: /^Sign in to book/ }).first().click();
  await showWho(page, address("jonas"));
  await expect(page).toHaveURL(/\/sessions\//);

  const next = (await programme(page, "commons_hour")).first();
  const title = (await next.getByRole("link").first().innerText()).trim();
  await next.getByRole("button", { name: /^Book a place/ }).click();
  await expect(notice(page)).toHaveText("Your place is booked. See you there.");
  await page.goto("/bookings");
  const coming = page.getByRole("region", { name: "Coming up" });
  const mine = coming.getByRole("listitem").filter({ hasText: title });
  await mine.getByRole("button", { name: /^Let my place go/ }).click();
  await expect(notice(page)).toContainText("You let your place go");
  await expect(coming.getByText(title)).toHaveCount(0);
});

test("open an assembly while a second browser watches, and close it", async ({ visit }) => {
  const thandeka = await visit("thandeka", off);
  const wapun = await visit("wapun", off);
  const to = await session(thandeka, "general_assembly");
  await wapun.goto(`${to}/room`);
  await expect(wapun.getByRole("main")).toContainText("It is planned and not open yet");

  await thandeka.goto(`${to}/room`);
  await thandeka.getByLabel("I have read this and keep to it").check();
  await thandeka.getByRole("button", { name: "Open and enter" }).click();
  await expect(notice(thandeka)).toHaveText("It is open. Welcome people in.");

  await wapun.reload();
  await wapun.getByLabel("I have read this and keep to it").check();
  await wapun.getByRole("button", { name: "Enter", exact: true }).click();
  await expect(notice(wapun)).toHaveText("You are in. Welcome.");
  await wapun.getByRole("button", { name: "Take it on: Care" }).click();
  await thandeka.getByRole("button", { name: "Begin the agenda" }).click();
  await expect(thandeka.locator("#now")).toHaveText("Welcome, roles and check-in round");
  await expect(thandeka.getByRole("region", { name: "Roles", exact: true })).toContainText("Wapun Linklater");

  await thandeka.getByLabel("What it is").selectOption({ label: "Decision" });
  await thandeka.getByLabel("In words that those who were away understand").fill("We begin with a song.");
  await thandeka.getByRole("button", { name: "Note", exact: true }).click();
  await expect(notice(thandeka)).toHaveText("It is written down.");
  await wapun.reload();
  await expect(wapun.getByRole("region", { name: "Minutes so far" })).toContainText("We begin with a song.");

  await thandeka.getByText("Close the assembly").click();
  await thandeka.getByRole("button", { name: "Close it for everybody" }).click();
  await expect(thandeka.getByRole("heading", { level: 1 })).toHaveText("Minutes of General assembly");
  await wapun.goto(`${to}/minutes`);
  await expect(wapun.getByRole("region", { name: "Decisions" })).toContainText("We begin with a song.");
});

test("browse and search the handbook", async ({ page }) => {
  await page.goto("/handbook");
  await page.getByRole("navigation", { name: "Pages of the handbook" }).getByRole("link", { name: "Hosting" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hosting");
  await page.getByRole("searchbox").fill("consent");
  await page.getByRole("searchbox").press("Enter");
  await expect(page.getByRole("main").locator("mark").first()).toContainText(/consent/i);
  await page.getByRole("main").getByRole("heading", { level: 2 }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/handbook\//);
});

test("language and theme are chosen, and the account corner opens", async ({ page, visit }) => {
  await page.goto("/programme");
  await page.getByRole("button", { name: "Español" }).click();
  await expect(page).toHaveURL("/programme");
  await expect(page.locator("html")).toHaveAttribute("lang", "es");
  await page.getByRole("contentinfo").locator("button[value=dark]").click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");

  const member = await visit("linh", off);
  await member.goto("/");
  await member.getByRole("banner").locator("summary", { hasText: "Account" }).click();
  await member.getByRole("button", { name: "Sign out" }).click();
  await expect(member.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
});
