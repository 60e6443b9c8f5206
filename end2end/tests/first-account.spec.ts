// A hub where nobody lives yet.
import { accountMenu } from "../support/people.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "empty" });

test("whoever comes first becomes the steward and is told so; the second does not", async ({ page, visit, hub }) => {
  for (const empty of ["/", "/programme", "/spaces", "/members", "/circles", "/handbook", "/tools"]) {
    expect((await page.goto(empty))?.status(), empty).toBe(200);
    await expect(page.getByRole("heading", { level: 1 }), empty).toHaveCount(1);
  }
  // There is nobody yet who could sign in: the way leads straight to making the first account.
  await page.goto("/sign-in");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Make an account");
  await expect(page.getByText("You are the first one here")).toBeVisible();
  await page.getByLabel("Your name").fill("Ada Marlow");
  await page.getByLabel("E-mail address").fill("ada@example.org");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Make my account" }).click();
  await expect(page.locator("#password-error")).toContainText("too short");
  await expect(page.getByLabel("Your name")).toHaveValue("Ada Marlow");

  await page.getByLabel("Password", { exact: true }).fill("a kettle for the room");
  await page.getByRole("button", { name: "Make my account" }).click();
  await expect(page).toHaveURL("/welcome");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Welcome, Ada Marlow");
  await expect(page.getByText("and so its steward")).toBeVisible();
  await expect(accountMenu(page)).toBeVisible();

  const second = await visit();
  await second.goto("/sign-in");
  await second.getByRole("link", { name: "Make an account" }).click();
  await expect(second.getByText("You are the first one here")).toHaveCount(0);
  await second.getByLabel("Your name").fill("Ben Okri");
  await second.getByLabel("E-mail address").fill("ben@example.org");
  await second.getByRole("button", { name: "Send me a letter" }).click();
  await expect(second.getByRole("heading", { level: 1 })).toHaveText("Look into your mailbox");
  await second.goto(await hub.linkIn("ben@example.org"));
  await expect(second.getByLabel("Your name")).toHaveValue("Ben Okri");
  await second.getByLabel("Password", { exact: true }).fill("another kettle, please");
  await second.getByRole("button", { name: "Accept and come in" }).click();
  await expect(second).toHaveURL("/welcome");
  await expect(second.getByText("steward")).toHaveCount(0);
});
