// The main pages of the hub, for what has to hold on all of them.
import type { Page } from "@playwright/test";
import { session } from "./places.ts";

export interface Place {
  name: string;
  /** Its address, or how to find it. */
  to: string | ((page: Page) => Promise<string>);
  status?: number;
}

/** Pages for everybody. */
export const OPEN: Place[] = [
  { name: "home", to: "/" },
  { name: "programme", to: "/programme" },
  { name: "past programme", to: "/programme?when=past" },
  { name: "month", to: "/programme/month" },
  { name: "session", to: (page) => session(page, "commons_hour") },
  { name: "full session", to: (page) => session(page, "special", /Mapping/) },
  { name: "spaces", to: "/spaces" },
  { name: "space", to: "/spaces/commons-hour" },
  { name: "members", to: "/members" },
  { name: "members found", to: "/members?q=a&language=es" },
  { name: "members not found", to: "/members?q=xylophone" },
  { name: "person", to: "/members/amara" },
  { name: "organisation", to: "/members/baobab-networks" },
  { name: "circles", to: "/circles" },
  { name: "circle", to: "/circles/tech" },
  { name: "handbook", to: "/handbook" },
  { name: "handbook page with hints", to: "/handbook/gathering/care" },
  { name: "handbook page with a table", to: "/handbook/members/standing" },
  { name: "handbook search", to: "/handbook-search" },
  { name: "handbook search, found", to: "/handbook-search?q=space" },
  { name: "handbook search, nothing", to: "/handbook-search?q=xylophone" },
  { name: "tools", to: "/tools" },
  { name: "nothing there", to: "/nothing/here", status: 404 },
];

/** Pages that only somebody who is not signed in sees like this. */
export const OUTSIDE: Place[] = [
  ...OPEN,
  { name: "sign in", to: "/provider/sign-in" },
  { name: "register", to: "/provider/register" },
  { name: "forgotten password", to: "/provider/forgot" },
  { name: "a letter is on its way", to: "/provider/letter?about=password" },
  { name: "let a program in, from outside", to: "/device?code=WDJB-MJHT" },
  { name: "please sign in", to: "/bookings", status: 401 },
  { name: "choose a way in", to: "/sign-in/choose" },
  { name: "known before", to: "/sign-in/known" },
  { name: "trouble", to: "/sign-in/trouble?why=attempt_lost&to=/" },
];

/** The same for a member who facilitates. */
export const INSIDE: Place[] = [
  ...OPEN,
  { name: "my places", to: "/bookings" },
  { name: "account", to: "/account" },
  { name: "devices", to: "/account/sessions" },
  { name: "let a program in", to: "/device" },
  { name: "let a program in, unknown code", to: "/device?code=WDJB-MJHT" },
  { name: "own tools", to: "/account/tools" },
  { name: "sign-on of the tools", to: "/tools/sign-on" },
  { name: "register a tool", to: "/tools/sign-on/new?tool=files" },
  { name: "tools that register themselves", to: "/tools/sign-on/tokens" },
  { name: "access of somebody", to: "/members/jonas/access" },
  { name: "access review", to: "/circles/tech/review" },
  { name: "what circles did not confirm", to: "/circles/review" },
  { name: "ways of signing in", to: "/account/identities" },
  { name: "merge records", to: "/members/jonas/merge" },
  { name: "sign-in and security", to: "/account/security" },
  { name: "set up a second step", to: "/account/second-step" },
  { name: "own trail", to: "/account/trail" },
  { name: "who comes in", to: "/stewards/accounts" },
  { name: "edit my profile", to: "/account/profile" },
  { name: "welcome", to: "/welcome" },
  { name: "schedule", to: "/spaces/general-assembly/schedule" },
  { name: "room", to: async (page) => `${await session(page, "general_assembly")}/room` },
  { name: "minutes", to: async (page) => `${await session(page, "standing_assembly", /autumn/, true)}/minutes` },
  { name: "not over yet", to: async (page) => `${await session(page, "general_assembly")}/minutes`, status: 409 },
];

export async function address(page: Page, place: Place): Promise<string> {
  return typeof place.to === "string" ? place.to : place.to(page);
}
