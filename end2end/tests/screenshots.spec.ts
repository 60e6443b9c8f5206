// Pictures of the main pages for docs/screenshots: SCREENSHOTS=1 npm test
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "@playwright/test";
import { type Place, address } from "../support/pages.ts";
import { session } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "pictures" });

const folder = resolve(import.meta.dirname, "../../docs/screenshots");

const PICTURES: (Place & { name: string; before?: (page: Page) => Promise<void> })[] = [
  { name: "home", to: "/" },
  { name: "programme", to: "/programme" },
  { name: "month", to: "/programme/month" },
  { name: "session", to: (page) => session(page, "commons_hour") },
  { name: "spaces", to: "/spaces" },
  { name: "room", to: async (page) => `${await session(page, "general_assembly")}/room`, before: open },
  { name: "minutes", to: async (page) => `${await session(page, "standing_assembly", /autumn/, true)}/minutes` },
  { name: "members", to: "/members" },
  { name: "handbook", to: "/handbook/spaces" },
  { name: "tools", to: "/tools" },
];

/** Opens the assembly, once, and takes its first item up. */
async function open(page: Page): Promise<void> {
  const act = page.getByRole("button", { name: "Open and enter" });
  if (!(await act.isVisible())) return;
  await page.getByLabel("I have read this and keep to it").check();
  await act.click();
  await page.getByRole("button", { name: "Begin the agenda" }).click();
  await expect(page.locator("#now")).toHaveText("Welcome, roles and check-in round");
}

for (const place of PICTURES) {
  test(place.name, async ({ visit }) => {
    mkdirSync(folder, { recursive: true });
    const page = await visit("amara", { deviceScaleFactor: 1 });
    await page.goto(await address(page, place));
    await place.before?.(page);
    await page.goto(page.url().split("#")[0] ?? "/");
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${place.name}-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(folder, `${place.name}-phone.png`) });
  });
}
