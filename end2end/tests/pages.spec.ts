// What has to hold on every page: status, one title, no flaw that axe finds in light and dark, phone and large letters.
// The watch of every test adds: no console error, no island that does not wake, no request to another host.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { INSIDE, OUTSIDE, type Place, address } from "../support/pages.ts";
import { awake } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.describe.configure({ mode: "parallel" });

const settled = expect.configure({ soft: true, timeout: 8_000 });

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Waits until colours that changed are painted. */
async function painted(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function flaws(page: Page): Promise<string[]> {
  await painted(page);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(RULES).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) => `${id}: ${target.join(" ")} (${[...any, ...all, ...none].map((check) => check.message).join("; ")})`),
  );
}

/** By how much the page is wider than the window, and which element sticks out most. */
function overhang(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return "";
    const widest = [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5)
      .map((element) => `${element.localName}.${element.className} to ${Math.round(element.getBoundingClientRect().right)}`);
    return `${scrollWidth} of ${clientWidth}: ${widest.slice(-4).join(", ")}`;
  });
}

async function holds(page: Page, place: Place): Promise<void> {
  const answer = await page.goto(await address(page, place));
  expect(answer?.status()).toBe(place.status ?? 200);
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  expect(await page.title()).toContain("Alder Commons");
  if (await page.locator("leptos-island").count()) await awake(page);

  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // A busy browser may still be painting the colours or the width of a moment ago: what is wrong stays wrong.
    await settled.poll(() => flaws(page), { message: colorScheme, intervals: [0, 700, 2000] }).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await settled.poll(() => overhang(page), { message: "on a phone" }).toBe("");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
  });
  await settled.poll(() => overhang(page), { message: "with letters twice as large" }).toBe("");
}

test.describe("for everybody", () => {
  for (const place of OUTSIDE) {
    test(place.name, async ({ page }) => holds(page, place));
  }
});

test.describe("for a member who facilitates", () => {
  for (const place of INSIDE) {
    test(place.name, async ({ visit }) => holds(await visit("amara"), place));
  }
});

test.describe("open and shut", () => {
  test("what is not yours is refused with a reason", async ({ visit }) => {
    const guest = await visit("sam");
    for (const to of ["/spaces/general-assembly/schedule", "/handbook/hub/stewards"]) {
      expect((await guest.goto(to))?.status(), to).toBe(403);
      await expect(guest.getByRole("heading", { level: 1 })).toHaveText("This is not open to you");
    }
    expect(await flaws(guest)).toEqual([]);
  });

  test("what is not there is not found", async ({ page }) => {
    const none = "01890000-0000-7000-8000-000000000000";
    for (const to of [`/sessions/${none}`, "/sessions/x", "/spaces/none", "/members/none", "/circles/none", "/pkg/none.js"]) {
      expect((await page.goto(to))?.status(), to).toBe(404);
    }
  });

  test("tools say whose they are, and why not yours", async ({ page, visit }) => {
    await page.goto("/tools");
    await expect(page.getByRole("region", { name: "Yours to use" })).toContainText("Forum");
    await expect(page.getByRole("region", { name: "Not open to you at present" })).toContainText("Machine room");
    const tech = await visit("ines");
    await tech.goto("/tools");
    await expect(tech.getByRole("region", { name: "Yours to use" })).toContainText("Machine room");
  });

  test("another site cannot make a signed-in browser act", async ({ visit }) => {
    const page = await visit("marcus");
    const elsewhere: Record<string, string>[] = [{ "sec-fetch-site": "cross-site" }, { origin: "https://elsewhere.example" }];
    for (const headers of elsewhere) {
      const answer = await page.request.post("/do/preferences", { headers, form: { theme: "dark", back: "/" } });
      expect(answer.status()).toBe(403);
    }
  });
});

test.describe("in the reader's language", () => {
  const MAIN = ["/", "/programme", "/programme/month", "/spaces", "/members", "/circles", "/handbook-search", "/tools", "/none"];

  test("Spanish because the browser asks for it", async ({ page, visit }) => {
    const lector = await visit(undefined, { locale: "es-ES" });
    for (const to of MAIN) {
      await page.goto(to);
      await lector.goto(to);
      await expect(lector.locator("html")).toHaveAttribute("lang", "es");
      const [english, spanish] = [page, lector].map((reader) => reader.getByRole("heading", { level: 1 }).innerText());
      expect(await spanish, to).not.toBe(await english);
      expect(await lector.getByRole("contentinfo").innerText()).not.toContain("Language");
    }
  });

  test("a choice outlives the browser's wish, and stays on the page", async ({ visit }) => {
    const page = await visit(undefined, { locale: "es-ES" });
    await page.goto("/programme?kind=commons_hour");
    await page.getByRole("contentinfo").getByRole("button", { name: "English" }).click();
    await expect(page).toHaveURL("/programme?kind=commons_hour");
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
    await page.goto("/spaces");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Spaces");
  });
});

test.describe("in light and dark", () => {
  const ground = async (page: Page) => {
    await painted(page);
    return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  };

  test("the device decides until the reader does", async ({ page }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto("/");
    const light = await ground(page);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await ground(page);
    expect(dark).not.toBe(light);

    await page.emulateMedia({ colorScheme: "light" });
    await page.getByRole("contentinfo").getByRole("button", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    expect(await ground(page)).toBe(dark);
    expect(await flaws(page)).toEqual([]);

    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("contentinfo").getByRole("button", { name: "Light" }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
    expect(await ground(page)).toBe(light);
  });
});

test("a keyboard reaches the page past the header", async ({ page }) => {
  await page.goto("/programme");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the page" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("the zone of a reader who is not signed in is offered, and kept when taken", async ({ page }) => {
  await page.goto("/programme");
  await expect(page.getByRole("contentinfo")).toContainText("Times are shown in UTC.");
  await page.locator("form", { has: page.locator('input[name="zone"]') }).getByRole("button").click();
  await expect(page.getByRole("contentinfo")).toContainText("Times are shown in Europe/Madrid.");
});
