// The handbook, read by somebody who is not signed in.
import { expect, test } from "../support/test.ts";

test("the handbook is browsed by tree, trail, and the pages before and after", async ({ page }) => {
  await page.goto("/handbook");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome to the commons");
  const tree = page.getByRole("navigation", { name: "Pages of the handbook" });
  await tree.getByRole("link", { name: "Platform spaces" }).click();
  await expect(page).toHaveURL("/handbook/spaces/platform");
  await expect(tree.getByRole("link", { name: "Platform spaces" })).toHaveAttribute("aria-current", "page");

  const trail = page.getByRole("navigation", { name: "You are here" });
  await expect(trail.getByRole("listitem")).toHaveText(["Handbook", "Three kinds of space", "Platform spaces"]);
  await page.getByRole("link", { name: /^After/ }).click();
  await expect(page).toHaveURL("/handbook/spaces/media");
  await page.getByRole("link", { name: /^Before/ }).click();
  await expect(page).toHaveURL("/handbook/spaces/platform");
  await trail.getByRole("link", { name: "Three kinds of space" }).click();
  await expect(page).toHaveURL("/handbook/spaces");
});

test("a page has an outline, pictures and hints, and its links lead on", async ({ page }) => {
  await page.goto("/handbook/spaces");
  const picture = page.getByRole("article").getByRole("img").first();
  await expect(picture).toBeVisible();
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);

  await page.goto("/handbook/gathering/care");
  await expect(page.getByRole("article")).toContainText("If somebody is in danger now");
  await expect(page.getByRole("article")).not.toContainText("{%");
  await expect(page.getByRole("navigation", { name: "On this page" })).toBeVisible();

  await page.goto("/handbook");
  await page.getByRole("article").getByRole("link", { name: "provision", exact: true }).click();
  await expect(page).toHaveURL("/handbook/why/provisioning");
});

test("a search marks what it found and leads there", async ({ page }) => {
  await page.goto("/handbook");
  await page.getByRole("searchbox").fill("facil");
  await page.getByRole("searchbox").press("Enter");
  await expect(page).toHaveURL("/handbook-search?q=facil");
  await expect(page.getByRole("status")).toContainText(/\d+ pages have all your words/);
  await expect(page.getByRole("main").locator("mark").first()).toContainText(/facil/i);
  await page.getByRole("main").getByRole("link", { name: "Facilitating" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Facilitating");

  await page.goto("/handbook-search?q=xylophone");
  await expect(page.getByRole("main")).toContainText("No page has all of these words");
});

test("a page for members is refused to others, with the way in", async ({ page, visit }) => {
  const refused = await page.goto("/handbook/hub/stewards");
  expect(refused?.status()).toBe(401);
  await expect(page.getByRole("main")).not.toContainText("hold the keys of the hub");
  await expect(page.getByRole("main").getByRole("link", { name: "Sign in" })).toHaveAttribute(
    "href",
    /\/sign-in\?to=%2Fhandbook%2Fhub%2Fstewards/,
  );
  await page.goto("/handbook-search?q=audit");
  await expect(page.getByRole("main")).not.toContainText("For stewards");

  const member = await visit("mei");
  expect((await member.goto("/handbook/hub/stewards"))?.status()).toBe(200);
  await member.goto("/handbook-search?q=audit");
  await expect(member.getByRole("main")).toContainText("For stewards");
});

test("a page that is not there says so", async ({ page }) => {
  expect((await page.goto("/handbook/no/such/page"))?.status()).toBe(404);
  await expect(page.getByRole("link", { name: "Read the handbook" })).toBeVisible();
});
