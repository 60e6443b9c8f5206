// The shared sign-on with a tool at the other end: registered by a steward, allowed by a person, told when they are gone.
import type { Page } from "@playwright/test";
import { signOut } from "../support/people.ts";
import { expect, test as base } from "../support/test.ts";
import { Tool } from "../support/tool.ts";

const test = base.extend<object, { tool: Tool }>({
  tool: [
    async ({ hub }, use) => {
      const tool = await Tool.start(hub.url);
      await use(tool);
      await tool.stop();
    },
    { scope: "worker" },
  ],
  elsewhere: async ({ tool }, use) => use([tool.url]),
});
test.use({ community: "tools of the sign-on" });

test.use({ community: "tools" });

async function register(steward: Page, tool: Tool): Promise<void> {
  await steward.goto("/tools");
  await steward.getByRole("link", { name: "Sign-on of the tools" }).click();
  await expect(steward.getByText("No tool signs people in here yet")).toBeVisible();
  await steward.getByRole("link", { name: "Register Files" }).click();
  await steward.getByLabel("Where people come back to").fill("http://elsewhere.example/cb");
  await steward.getByRole("button", { name: "Register the tool" }).click();
  await expect(steward.locator("#redirect_uris-error")).toBeVisible();
  await steward.getByLabel("Where people come back to").fill(`${tool.url}/cb`);
  await steward.getByLabel("Where it hears of a sign-out").fill(`${tool.url}/logout`);
  await steward.getByRole("button", { name: "Register the tool" }).click();
  await expect(steward.getByRole("heading", { name: "The secret of this tool" })).toBeVisible();
  tool.client = "files";
  tool.secret = (await steward.getByRole("main").locator("code").first().textContent()) ?? "";
  await steward.reload();
  await expect(steward.getByRole("heading", { name: "The secret of this tool" })).toHaveCount(0);
}

test("a person allows a tool, sees it on their map, and a sign-out at the hub signs out there", async ({ visit, tool }) => {
  await register(await visit("amara"), tool);

  const sam = await visit("sam");
  await sam.goto(`${tool.url}/enter`);
  await expect(sam.getByRole("heading", { level: 1 })).toHaveText("Files is not open to you");
  await expect(sam.getByText("Whom to ask:")).toBeVisible();

  const jonas = await visit("jonas");
  await jonas.goto(`${tool.url}/enter`);
  await expect(jonas.getByRole("heading", { level: 1 })).toHaveText("May Files know who you are?");
  await jonas.getByRole("button", { name: "No", exact: true }).click();
  await expect(jonas.getByRole("heading", { level: 1 })).toHaveText("Not let in");
  await jonas.goto(`${tool.url}/enter`);
  await jonas.getByRole("button", { name: "Yes, let me in" }).click();
  await expect(jonas.getByRole("heading", { level: 1 })).toHaveText(/^Hello /);

  await jonas.goto("/account");
  await jonas.getByRole("link", { name: "See your tools" }).click();
  const here = jonas.getByRole("listitem").filter({ hasText: "Asked last" });
  await expect(here).toContainText("Files");
  await expect(here).toContainText("your name");
  await here.getByRole("button", { name: "Sign out of Files" }).click();
  await expect(jonas.getByText("You are signed in to no tool")).toBeVisible();
  await expect(async () => {
    await jonas.goto(tool.url);
    await expect(jonas.getByRole("heading", { level: 1 })).toHaveText("Nobody is signed in", { timeout: 500 });
  }).toPass();

  await jonas.goto(`${tool.url}/enter`);
  await expect(jonas.getByRole("heading", { level: 1 })).toHaveText(/^Hello /);
  await jonas.goto("/");
  await signOut(jonas);
  await expect(async () => {
    await jonas.goto(tool.url);
    await expect(jonas.getByRole("heading", { level: 1 })).toHaveText("Nobody is signed in", { timeout: 500 });
  }).toPass();
});

test("a steward ends somebody's access and sees what the tools answer", async ({ visit, tool }) => {
  const steward = await visit("amara");
  if (!tool.client) await register(steward, tool);
  await steward.goto("/members/jonas");
  await steward.getByRole("link", { name: "Access to hub and tools" }).click();
  await steward.getByLabel("Why").fill("Asked us to forget them");
  await steward.getByRole("button", { name: "End all access" }).click();
  await expect(steward.getByText("Access ended")).toBeVisible();
  await steward.getByRole("button", { name: "Let them in again" }).click();
  await expect(steward.getByText("They can sign in again")).toBeVisible();
});
