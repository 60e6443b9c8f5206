// A new password by mail, with a mail server at the other end.
import { Hub } from "../support/hub.ts";
import { Mailbox } from "../support/mailbox.ts";
import { accountMenu, address, showWho, signIn } from "../support/people.ts";
import { notice } from "../support/places.ts";
import { expect, test as base } from "../support/test.ts";

const test = base.extend<object, { mailbox: Mailbox }>({
  mailbox: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const mailbox = await Mailbox.start();
      await use(mailbox);
      await mailbox.stop();
    },
    { scope: "worker" },
  ],
  hub: [
    async ({ mailbox }, use) => {
      const settings = { HUB_MAIL__URL: mailbox.url, HUB_MAIL__FROM: "Alder Commons <hub@alder.example>" };
      const hub = await Hub.start("demo", settings);
      await use(hub);
      const errors = hub.errors();
      await hub.stop();
      expect(errors, "the program logged errors").toEqual([]);
    },
    { scope: "worker" },
  ],
});

test("a letter brings a new password, once, and signs every device out", async ({ page, visit, hub, mailbox }) => {
  const phone = await visit();
  await signIn(phone, "wapun");
  await page.goto("/provider/forgot");
  await page.getByLabel("E-mail address").fill(address("wapun"));
  await page.getByRole("button", { name: "Send me a letter" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Look into your mailbox");
  await expect(page.getByText("letters stand in its log")).toHaveCount(0);

  const letter = await mailbox.letter(address("wapun"), /\/provider\/reset\//);
  expect(letter).toMatch(/^From: .*hub@alder\.example/m);
  expect(letter).toMatch(/^Auto-Submitted: auto-generated/m);
  const link = new RegExp(`${hub.url.replaceAll(".", "\\.")}(/provider/reset/[\\w-]+)`).exec(letter)?.[1] ?? "";
  await page.goto(link);
  await page.getByLabel("Password", { exact: true }).fill("herons over the reed bed");
  await page.getByRole("button", { name: "Keep this password" }).click();
  await expect(notice(page)).toHaveText("Your new password is kept. Sign in with it.");
  expect((await phone.goto("/account"))?.status()).toBe(401);
  await showWho(page, address("wapun"), "herons over the reed bed");
  await expect(accountMenu(page)).toBeVisible();
  await mailbox.letter(address("wapun"), /password/i);

  const again = await visit();
  expect((await again.goto(link))?.status()).toBe(404);
});
