// People and organisations, and what each of them shows to whom.
import { notice } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test("search and filters narrow the list, and stand in the address", async ({ page }) => {
  await page.goto("/members");
  const found = page.getByRole("status");
  const all = Number.parseInt(await found.innerText(), 10);
  expect(all).toBeGreaterThan(40);

  const filters = page.getByRole("search", { name: "Search members" });
  await filters.getByLabel("Who", { exact: true }).selectOption({ label: "Organisations" });
  await filters.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/kind=organisation/);
  await expect(found).toContainText("12 members");

  await filters.getByLabel("Region").selectOption({ label: "Oceania" });
  await filters.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/kind=organisation.*region=Oceania/);
  await expect(page.getByRole("main").getByRole("heading", { level: 2 })).toHaveText(["Kawakawa Collective"]);

  await page.goto("/members?q=amara&class=operational");
  await expect(filters.getByRole("searchbox")).toHaveValue("amara");
  await expect(filters.getByLabel("Membership")).toHaveValue("operational");
  await expect(page.getByRole("link", { name: "Amara Okafor" })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Clear all" }).click();
  await expect(page).toHaveURL("/members");
});

test("the list goes on over pages and keeps its filters", async ({ visit }) => {
  const page = await visit("pau");
  await page.goto("/members?kind=person");
  const first = await page.getByRole("main").getByRole("heading", { level: 2 }).allInnerTexts();
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL(/page=2.*kind=person/);
  const second = await page.getByRole("main").getByRole("heading", { level: 2 }).allInnerTexts();
  expect(second.length).toBeGreaterThan(0);
  expect(first).not.toEqual(expect.arrayContaining(second));
});

test("a filter finds nobody by what they do not show", async ({ page, visit }) => {
  // Zahra speaks Arabic and shows little.
  await page.goto("/members?q=Zahra");
  await expect(page.getByRole("link", { name: "Zahra El Idrissi" })).toBeVisible();
  await page.goto("/members?q=Zahra&language=ar");
  await expect(page.getByRole("link", { name: "Zahra El Idrissi" })).toHaveCount(0);
  const member = await visit("pau");
  await member.goto("/members/zahra");
  await expect(member.getByRole("heading", { level: 1 })).toHaveText("Zahra El Idrissi");
  await expect(member.getByRole("main")).not.toContainText("zahra@alder.example");
});

test("a profile tells what its owner shows, and leads on", async ({ page }) => {
  await page.goto("/members/tunde");
  const glance = page.getByRole("region", { name: "At a glance" }).or(page.locator("section.card"));
  await expect(glance).toContainText("Baobab Networks");
  await expect(page.getByRole("main")).not.toContainText("tunde@alder.example");
  await page.getByRole("link", { name: "Tech circle" }).click();
  await expect(page).toHaveURL("/circles/tech");
  await expect(page.getByRole("listitem").filter({ hasText: "Inés Valcárcel" })).toContainText("Convenor");
  await page.goto("/members/tunde");
  await page.getByRole("link", { name: "Baobab Networks" }).click();
  await expect(page.getByRole("region", { name: "People" })).toContainText("Tunde Bello");
});

test("a person edits their profile; what is wrong is said beside its field and keeps what was typed", async ({ visit }) => {
  const page = await visit("camila");
  await page.goto("/account/profile");
  await page.getByLabel("Pronouns", { exact: true }).fill("ella");
  await page.getByLabel("About you").fill("Siembro **acelgas**.");
  await page.getByLabel("Languages", { exact: true }).fill("castellano");
  await page.getByRole("button", { name: "Save my profile" }).click();

  await expect(page).toHaveURL("/account/profile");
  await expect(page.locator("#languages-error")).toContainText("short codes");
  await expect(page.getByLabel("Languages", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Languages", { exact: true })).toHaveValue("castellano");
  await expect(page.getByLabel("About you")).toHaveValue("Siembro **acelgas**.");
  await page.getByRole("alert").getByRole("link", { name: /short codes/ }).click();
  await expect(page).toHaveURL("/account/profile#languages");

  await page.getByLabel("Languages", { exact: true }).fill("es, pt");
  await page.getByLabel("Handle").fill("amara");
  await page.getByRole("button", { name: "Save my profile" }).click();
  await expect(page.locator("#handle-error")).toContainText("Somebody else goes by this handle");

  await page.getByLabel("Handle").fill("camila");
  await page.getByRole("button", { name: "Save my profile" }).click();
  await expect(notice(page)).toHaveText("Your profile is saved.");
  await expect(page).toHaveURL("/members/camila");
  await expect(page.getByRole("region", { name: "About" }).locator("strong")).toHaveText("acelgas");
});

test("a field that a person hides is hidden from guests, then from members too", async ({ page, visit }) => {
  await page.goto("/members/wapun");
  await expect(page.getByRole("main")).toContainText("America/Winnipeg");

  const wapun = await visit("wapun");
  const member = await visit("frieda");
  for (const [choice, seen] of [
    ["Members", true],
    ["Only me", false],
  ] as const) {
    await wapun.goto("/account/profile");
    await wapun.getByLabel("Who sees: Time zone").selectOption({ label: choice });
    await wapun.getByRole("button", { name: "Save my profile" }).click();
    await expect(wapun.getByRole("main")).toContainText("America/Winnipeg");
    await page.reload();
    await expect(page.getByRole("main")).not.toContainText("America/Winnipeg");
    await member.goto("/members/wapun");
    await expect(member.getByText("America/Winnipeg")).toHaveCount(seen ? 1 : 0);
  }
  await wapun.goto("/members/wapun?as=public");
  await expect(wapun.getByText("This is how everybody on the internet sees you.")).toBeVisible();
  await expect(wapun.getByRole("main")).not.toContainText("America/Winnipeg");
});

test("what is written in a profile cannot run or lead astray", async ({ page, visit }) => {
  const okello = await visit("okello");
  await okello.goto("/account/profile");
  await okello.getByLabel("About you").fill('<img src=x onerror="window.hurt=1"> [here](javascript:window.hurt=1) <script>window.hurt=1</script> Salt.');
  await okello.getByLabel("Who sees: About").selectOption({ label: "Everybody" });
  await okello.getByRole("button", { name: "Save my profile" }).click();
  await page.goto("/members/okello");
  await expect(page.getByRole("region", { name: "About" })).toContainText("Salt.");
  await expect(page.getByRole("region", { name: "About" }).locator("script, [onerror], a[href^=javascript]")).toHaveCount(0);
  expect(await page.evaluate(() => "hurt" in window)).toBe(false);
});
