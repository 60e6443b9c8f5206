// The hub in a real browser: each worker serves a demo community of its own, so that tests do not meet each other.
import { defineConfig } from "@playwright/test";
import type { Options } from "./support/test.ts";

const screenshots = Boolean(process.env.SCREENSHOTS);

export default defineConfig<object, Options>({
  testDir: "tests",
  testMatch: screenshots ? "screenshots.spec.ts" : "*.spec.ts",
  testIgnore: screenshots ? [] : ["screenshots.spec.ts"],
  globalSetup: "./support/fill.ts",
  fullyParallel: false,
  workers: 2,
  // On a busy machine of CI a test gets a second chance; the report names it as flaky.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  expect: { timeout: 8_000 },
  reporter: process.env.CI ? [["list"]] : [["dot"], ["html", { open: "never" }]],
  outputDir: "test-results",
  use: {
    locale: "en-GB",
    timezoneId: "Europe/Madrid",
    viewport: { width: 1280, height: 800 },
    contextOptions: { reducedMotion: "reduce" },
    actionTimeout: 8_000,
    navigationTimeout: 10_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
