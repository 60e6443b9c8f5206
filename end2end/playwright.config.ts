import { defineConfig, devices } from '@playwright/test';

import { guestHub, hub, issuer } from './ports';

const server = (command: string, url: string, env: Record<string, string> = {}) => ({
  command,
  url,
  env,
  reuseExistingServer: false,
  timeout: 60_000,
  stdout: 'pipe' as const,
  gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 5_000 },
});

export default defineConfig({
  testDir: 'tests',
  forbidOnly: !!process.env.CI,
  // Tests share the demo community, and it stands still for none of them: one after another.
  workers: 1,
  timeout: 30_000,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: hub.url,
    locale: 'en-GB',
    timezoneId: 'Europe/Madrid',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  webServer: [
    server(`./serve-demo own ${hub.port}`, `${hub.url}/readyz`),
    server(
      `node oidc-provider.mjs ${issuer.port} ${guestHub.url}`,
      `${issuer.url}/.well-known/openid-configuration`,
    ),
    server(`./serve-demo foreign ${guestHub.port}`, `${guestHub.url}/readyz`, {
      HUB_SIGN_ON__ISSUER: issuer.url,
      HUB_SIGN_ON__CLIENT_ID: 'hub',
      HUB_SIGN_ON__CLIENT_SECRET: 'a secret: with signs & spaces',
    }),
  ],
});
