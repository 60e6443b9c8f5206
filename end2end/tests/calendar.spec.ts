// Calendars for programs that are no browsers.
import { session } from "../support/places.ts";
import { expect, test } from "../support/test.ts";

test("the programme is a calendar feed", async ({ request }) => {
  const answer = await request.get("/calendar/programme.ics");
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toContain("text/calendar");
  const text = await answer.text();
  expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
  expect(text).toMatch(/END:VCALENDAR\r\n$/);
  expect(text.match(/BEGIN:VEVENT/g)?.length).toBeGreaterThan(5);
  expect(Math.max(...text.split("\r\n").map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
});

test("a gathering can be added to one's own calendar", async ({ page }) => {
  await page.goto(await session(page, "commons_hour"));
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Add to my calendar" }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/\.ics$/);
  const answer = await page.request.get(file.url());
  expect(answer.headers()["content-type"]).toContain("text/calendar");
  expect((await answer.text()).match(/BEGIN:VEVENT/g)).toHaveLength(1);
});
