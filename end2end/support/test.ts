// What every test starts with: a hub of its worker, and a watch over everything that must never happen.
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, expect, test as base } from "@playwright/test";
import { Hub } from "./hub.ts";
import { signIn } from "./people.ts";

export interface Options {
  /** Tests that name the same community share it. What can happen once only needs a community of its own. */
  community: string;
}

interface Workers extends Options {
  hub: Hub;
  /** Cookies of people who are signed in already. */
  wallet: Map<string, Cookies>;
}

type Cookies = Awaited<ReturnType<BrowserContext["storageState"]>>;

interface Tests {
  /** Opens a browser of its own: for a demo person by handle, or for somebody who is not signed in. */
  visit: (who?: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Origins beside the hub's own that this test may lead to. */
  elsewhere: string[];
  /** Words of the browser's console that this test brings about on purpose. */
  expected: RegExp[];
}

/** What the watch found in one browser. */
class Watch {
  readonly found: string[] = [];

  constructor(
    private readonly own: string,
    private readonly elsewhere: string[],
    private readonly expected: RegExp[],
  ) {}

  over(context: BrowserContext): void {
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith("http") && origin !== this.own && !this.elsewhere.includes(origin)) {
        this.found.push(`a request left for ${request.url()}`);
      }
    });
    context.on("console", (message) => {
      const words = message.text();
      // A page that is refused or not there is an answer, not an error of the page.
      const refused = /Failed to load resource: the server responded with a status of 4\d\d/.test(words);
      const known = refused || this.expected.some((pattern) => pattern.test(words));
      if (message.type() === "error" && !known) this.found.push(`the console says: ${words}`);
      if (words.includes("Could not find WASM function")) this.found.push(`an island is dead: ${words}`);
    });
    context.on("weberror", (error) => this.found.push(`a script failed: ${error.error().message}`));
  }
}

export const test = base.extend<Tests & { watch: Watch }, Workers>({
  community: ["shared", { option: true, scope: "worker" }],

  hub: [
    async ({ community }, use) => {
      const hub = await Hub.start(community === "empty" ? "nobody" : "demo");
      await use(hub);
      const errors = hub.errors();
      await hub.stop();
      expect(errors, "the program logged errors").toEqual([]);
    },
    { scope: "worker" },
  ],

  wallet: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => use(new Map()),
    { scope: "worker" },
  ],

  baseURL: async ({ hub }, use) => use(hub.url),

  // eslint-disable-next-line no-empty-pattern
  elsewhere: async ({}, use) => use([]),

  // eslint-disable-next-line no-empty-pattern
  expected: async ({}, use) => use([]),

  watch: [
    async ({ hub, elsewhere, expected }, use) => {
      const watch = new Watch(hub.url, elsewhere, expected);
      await use(watch);
      expect(watch.found).toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, watch }, use) => {
    watch.over(context);
    await use(context);
  },

  visit: async ({ browser, contextOptions, baseURL, watch, wallet, locale, timezoneId, viewport }, use) => {
    const opened: BrowserContext[] = [];
    const open = async (browser: Browser, options: BrowserContextOptions) => {
      const context = await browser.newContext({
        ...contextOptions,
        baseURL,
        locale,
        timezoneId,
        viewport,
        ...options,
      });
      opened.push(context);
      watch.over(context);
      return context;
    };
    await use(async (who, options = {}) => {
      const context = await open(browser, options);
      const page = await context.newPage();
      if (who) {
        let kept = wallet.get(who);
        if (!kept) {
          const door = await open(browser, {});
          await signIn(await door.newPage(), who);
          kept = await door.storageState();
          wallet.set(who, kept);
        }
        await context.addCookies(kept.cookies);
      }
      return page;
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});

export { expect };
