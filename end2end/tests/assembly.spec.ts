// An assembly from its scheduling to its minutes, with somebody who watches from another browser.
import type { Page } from "@playwright/test";
import { awake, mark, notReloaded, notice, session } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test.use({ community: "assembly" });

function agenda(page: Page) {
  return page.getByRole("heading", { level: 2 }).and(page.locator("#now"));
}

async function note(page: Page, kind: string, text: string, owner?: string, due?: string): Promise<void> {
  const form = page.getByRole("region", { name: "Write it down" });
  await form.getByLabel("What it is").selectOption({ label: kind });
  await form.getByLabel("In words that those who were away understand").fill(text);
  if (owner) await form.getByLabel("Who takes it on").selectOption({ label: owner });
  if (due) await form.getByLabel("Due").fill(due);
  await form.getByRole("button", { name: "Note", exact: true }).click();
}

test("a facilitator opens today's assembly, and another member sees it live", async ({ visit }) => {
  test.setTimeout(90_000);
  const amara = await visit("amara");
  const efua = await visit("efua");
  const to = await session(amara, "general_assembly");
  const room = `${to}/room`;

  await test.step("before it opens, the member waits at the door", async () => {
    await efua.goto(room);
    await expect(efua.getByRole("main")).toContainText("It is planned and not open yet");
    await expect(efua.getByRole("heading", { name: /^The protocol of/ })).toBeVisible();
    await expect(efua.getByRole("button", { name: "Open and enter" })).toHaveCount(0);
    await awake(efua);
    await mark(efua);
  });

  await test.step("opening asks for the protocol first", async () => {
    await amara.goto(to);
    await amara.getByRole("link", { name: "To the room of this gathering" }).click();
    await amara.getByRole("button", { name: "Open and enter" }).click();
    await expect(amara.locator("#read-error")).toContainText("read the protocol and tick the box");
    await amara.getByLabel("I have read this and keep to it").check();
    await amara.getByRole("button", { name: "Open and enter" }).click();
    await expect(notice(amara)).toHaveText("It is open. Welcome people in.");
  });

  await test.step("the member sees it open without a reload, and comes in", async () => {
    await expect(efua.getByText("Open now")).toBeVisible();
    await expect(efua.getByText("1 here")).toBeVisible();
    await notReloaded(efua);
    await efua.getByRole("link", { name: "Enter, and read its protocol first" }).click();
    await efua.getByRole("button", { name: "Enter", exact: true }).click();
    await expect(efua.locator("#read-error")).toBeVisible();
    await efua.getByLabel("I have read this and keep to it").check();
    await efua.getByRole("button", { name: "Enter", exact: true }).click();
    await expect(notice(efua)).toHaveText("You are in. Welcome.");
    await expect(amara.getByRole("region", { name: "Here now: 2" })).toContainText("Efua Mensah");
  });

  await test.step("roles are taken", async () => {
    await efua.getByRole("button", { name: "Take it on: Note-taker" }).click();
    const seats = amara.getByRole("region", { name: "Roles", exact: true });
    await expect(seats.getByRole("listitem").filter({ hasText: "Note-taker" })).toContainText("Efua Mensah");
    await expect(seats.getByRole("listitem").filter({ hasText: "Facilitator" })).toContainText("Amara Okafor");
    await expect(efua.getByRole("button", { name: "Take it on: Facilitator" })).toHaveCount(0);
  });

  await test.step("the agenda moves for everybody", async () => {
    await awake(efua);
    await mark(efua);
    await expect(agenda(efua)).toHaveText("The agenda has not begun yet");
    await amara.getByRole("button", { name: "Begin the agenda" }).click();
    await expect(agenda(efua)).toHaveText("Welcome, roles and check-in round");
    await amara.getByRole("button", { name: "Next item" }).click();
    await expect(agenda(efua)).toHaveText("Accounts of the year");
    await expect(agenda(amara)).toHaveText("Accounts of the year");
    await notReloaded(efua);
  });

  await test.step("what is decided is written down and seen by all", async () => {
    await awake(amara);
    await mark(amara);
    await note(efua, "Decision", "The accounts of the year stand as read.");
    await expect(notice(efua)).toHaveText("It is written down.");
    const minutes = amara.getByRole("region", { name: "Minutes so far" });
    await expect(minutes).toContainText("The accounts of the year stand as read.");
    await notReloaded(amara);

    await note(efua, "Action", "Publish them in the handbook.", "Amara Okafor", "2001-01-01");
    await expect(efua.locator("#due-error")).toContainText("That day has passed");
    await expect(efua.locator("#text")).toHaveValue("Publish them in the handbook.");
    const due = new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
    await note(efua, "Action", "Publish them in the handbook.", "Amara Okafor", due);
    await expect(minutes).toContainText("Amara Okafor takes this on");
  });

  await test.step("the home page says that it is open", async () => {
    const pau = await visit("pau");
    await pau.goto("/");
    await expect(pau.getByText("Open now: General assembly")).toBeVisible();
  });

  await test.step("it is closed, and its minutes remain", async () => {
    await awake(efua);
    await mark(efua);
    await amara.getByText("Close the assembly").click();
    await amara.getByRole("button", { name: "Close it for everybody" }).click();
    await expect(amara).toHaveURL(`${to}/minutes`);
    await expect(efua.getByText("This assembly is closed.").first()).toBeVisible();
    await notReloaded(efua);
    await efua.getByRole("link", { name: "Read its minutes" }).first().click();
    await expect(efua.getByRole("heading", { level: 1 })).toHaveText("Minutes of General assembly");
    await expect(efua.getByRole("region", { name: "Decisions" })).toContainText("stand as read");
    await expect(efua.getByRole("region", { name: "Actions" })).toContainText("Amara Okafor");
    await expect(efua.getByRole("region", { name: "Who was there" })).toContainText("Efua Mensah");
    await expect(efua.getByRole("region", { name: "Roles", exact: true })).toContainText("Note-taker");
  });

  await test.step("they are for members", async () => {
    const sam = await visit("sam");
    expect((await sam.goto(`${to}/minutes`))?.status()).toBe(403);
    const guest = await visit();
    expect((await guest.goto(`${to}/minutes`))?.status()).toBe(401);
  });
});

test("who does not facilitate neither schedules nor opens", async ({ visit }) => {
  const mei = await visit("mei");
  expect((await mei.goto("/spaces/general-assembly/schedule"))?.status()).toBe(403);
  await mei.goto("/spaces/general-assembly");
  await expect(mei.getByRole("link", { name: "Schedule a gathering" })).toHaveCount(0);
});

test("an assembly is scheduled with its agenda; what is wrong is said beside its field", async ({ visit }) => {
  const page = await visit("hannah");
  await page.goto("/spaces/standing-assembly");
  await page.getByRole("link", { name: "Schedule a gathering" }).click();
  await page.getByLabel("Title").fill("Winter work day");
  await page.getByLabel("What it is about").fill("Who clears the **path**.");
  const day = new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("Day").fill(day);
  await page.getByLabel("Start", { exact: true }).fill("06:00");
  await page.getByLabel("Length in minutes").fill("30");
  await page.getByLabel("Item 1", { exact: true }).fill("Check-in round");
  await page.getByLabel("Minutes for item 1").fill("15");
  await page.getByLabel("Item 2", { exact: true }).fill("Shovels");
  await page.getByLabel("Minutes for item 2").fill("45");
  await page.getByRole("button", { name: "Schedule" }).click();

  await expect(page).toHaveURL("/spaces/standing-assembly/schedule");
  await expect(page.locator("#minutes-error")).toContainText("longer than the assembly");
  await expect(page.getByLabel("Length in minutes")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("alert")).toContainText("Some things need another look");
  await expect(page.getByLabel("Title")).toHaveValue("Winter work day");
  await expect(page.getByLabel("What it is about")).toHaveValue("Who clears the **path**.");
  await expect(page.getByLabel("Item 2", { exact: true })).toHaveValue("Shovels");
  await expect(page.getByLabel("Day")).toHaveValue(day);

  await page.getByLabel("Length in minutes").fill("60");
  await page.getByRole("button", { name: "Schedule" }).click();
  await expect(notice(page)).toContainText("The assembly is scheduled");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Winter work day");
  await expect(page.getByRole("region", { name: "Agenda", exact: true })).toContainText("Shovels");
});
