// Keeping one's own account: letters, addresses, passwords, who comes in.
import { accountMenu, address, showWho, signIn } from "../support/people.ts";
import { notice } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "accounts" });

test("a forgotten password is replaced through a letter, and every device is signed out", async ({ page, visit, hub }) => {
  const phone = await visit();
  await signIn(phone, "elise");
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "I forgot my password" }).click();
  await page.getByLabel("E-mail address").fill(address("elise"));
  await page.getByRole("button", { name: "Send me a letter" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Look into your mailbox");

  await page.goto(await hub.linkIn(address("elise")));
  await page.getByLabel("Password", { exact: true }).fill("1234567890");
  await page.getByRole("button", { name: "Keep this password" }).click();
  await expect(page.locator("#password-error")).toContainText("among the first");
  await page.getByLabel("Password", { exact: true }).fill("three herons at dawn");
  await page.getByRole("button", { name: "Keep this password" }).click();
  await expect(notice(page)).toHaveText("Your new password is kept. Sign in with it.");
  expect((await phone.goto("/account"))?.status()).toBe(401);

  await showWho(page, address("elise"), "three herons at dawn");
  await expect(accountMenu(page)).toBeVisible();
  await expect(notice(page)).toHaveText("Welcome. You are signed in.");
  expect(await hub.letter(address("elise"))).toContain("changed");
});

test("nobody learns from the hub whether an address has an account", async ({ page }) => {
  const said: string[] = [];
  for (const email of [address("mei"), "nobody@example.org"]) {
    await page.goto("/provider/forgot");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("button", { name: "Send me a letter" }).click();
    await expect(page).toHaveURL("/provider/letter?about=password");
    said.push(await page.getByRole("main").innerText());
  }
  expect(said[0]).toBe(said[1]);
  for (const email of [address("mei"), "nobody@example.org"]) {
    await page.goto("/provider/register");
    await page.getByLabel("Your name").fill("Somebody");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByRole("button", { name: "Send me a letter" }).click();
    await expect(page).toHaveURL("/provider/letter?about=account");
    said.push(await page.getByRole("main").innerText());
  }
  expect(said[2]).toBe(said[3]);
});

test("another address is added, confirmed and made the main one", async ({ page, hub }) => {
  await signIn(page, "montse", "/account/security");
  await page.getByLabel("Another address").fill("montse@work.example");
  await page.getByRole("button", { name: "Add it" }).click();
  await expect(notice(page)).toContainText("We have written to that address");
  await page.goto(await hub.linkIn("montse@work.example"));
  await page.getByRole("button", { name: "Yes, it is mine" }).click();
  await expect(notice(page)).toHaveText("Thank you. This address is yours.");
  await page.getByRole("button", { name: "Make montse@work.example the main address" }).click();
  await expect(notice(page)).toHaveText("Letters go there from now on.");
  expect(await hub.letter(address("montse"))).toContain("montse@work.example");
  await page.getByRole("button", { name: `Remove ${address("montse")}` }).click();
  await expect(page.getByRole("main").getByRole("listitem").filter({ hasText: "@" })).toHaveCount(1);
});

test("a steward invites somebody by letter, in their language", async ({ page, visit, hub }) => {
  await signIn(page, "amara", "/stewards/accounts");
  await page.getByLabel("E-mail address").fill("ines@example.org");
  await page.getByLabel("They come as").selectOption("user");
  await page.getByLabel("Language of the letter").selectOption("es");
  await page.getByRole("button", { name: "Send the invitation" }).click();
  await expect(notice(page)).toHaveText("The invitation is on its way.");
  expect(await hub.letter("ines@example.org")).toContain("Aceptar la invitación");
  await page.reload();
  await expect(page.getByRole("listitem").filter({ hasText: "ines@example.org" })).toBeVisible();

  const ines = await visit();
  await ines.goto(await hub.linkIn("ines@example.org"));
  await ines.getByLabel("Your name").fill("Inés Prado");
  await ines.getByLabel("Password", { exact: true }).fill("la tetera de la sala");
  await ines.getByRole("button", { name: "Accept and come in" }).click();
  await expect(ines.getByRole("heading", { level: 1 })).toHaveText("Welcome, Inés Prado");
  await ines.goto("/account/trail");
  await expect(ines.getByRole("main")).toContainText("Your account was made.");
  expect((await ines.goto("/stewards/accounts"))?.status()).toBe(403);
});

test("a new device is announced by letter, a known one is not", async ({ visit, hub }) => {
  const desk = await visit();
  await signIn(desk, "sipho");
  const phone = await visit(undefined, {
    userAgent: "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
  });
  await signIn(phone, "sipho");
  expect(await hub.letter(address("sipho"))).toContain("Chrome on Android");
});
