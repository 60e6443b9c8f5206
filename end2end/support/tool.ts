// A tool that signs people in through the hub and hears when they are gone, as its programmer would write it.
import { createHash, randomBytes } from "node:crypto";
import { type Server, createServer } from "node:http";
import { freePort } from "./hub.ts";

export class Tool {
  client = "";
  secret = "";
  private readonly verifiers = new Map<string, string>();
  private readonly signedIn = new Map<string, { sid: string; name: string }>();

  private constructor(
    readonly url: string,
    private readonly hub: string,
    private readonly server: Server,
  ) {}

  static async start(hub: string): Promise<Tool> {
    const port = await freePort();
    const server = createServer();
    const tool = new Tool(`http://127.0.0.1:${port}`, hub, server);
    server.on("request", (request, response) => {
      const body: Buffer[] = [];
      request.on("data", (part: Buffer) => body.push(part));
      request.on("end", () => {
        tool
          .answer(new URL(request.url ?? "/", tool.url), request.headers.cookie ?? "", Buffer.concat(body).toString())
          .then(({ status, headers, text }) => response.writeHead(status, headers).end(text))
          .catch((error: unknown) => response.writeHead(500).end(String(error)));
      });
    });
    await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
    return tool;
  }

  private async answer(url: URL, cookie: string, body: string) {
    const page = (words: string) => ({
      status: 200,
      headers: { "content-type": "text/html" },
      text: `<!DOCTYPE html><html lang="en"><title>Tool</title><link rel="icon" href="data:,"><h1>${words}</h1></html>`,
    });
    const lead = (to: string, more: Record<string, string> = {}) => ({
      status: 302,
      headers: { location: to, ...more },
      text: "",
    });
    if (url.pathname === "/logout") {
      const token = new URLSearchParams(body).get("logout_token") ?? "";
      const { sid } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
      for (const [key, session] of this.signedIn) if (session.sid === sid) this.signedIn.delete(key);
      return { status: 200, headers: {}, text: "" };
    }
    if (url.pathname === "/cb") {
      const verifier = this.verifiers.get(url.searchParams.get("state") ?? "");
      if (url.searchParams.has("error") || !verifier) return page("Not let in");
      const answer = await fetch(`${this.hub}/oauth2/token`, {
        method: "POST",
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: url.searchParams.get("code") ?? "",
          redirect_uri: `${this.url}/cb`,
          code_verifier: verifier,
          client_id: this.client,
          client_secret: this.secret,
        }),
      });
      const tokens = (await answer.json()) as { id_token: string; access_token: string };
      const claims = JSON.parse(Buffer.from(tokens.id_token.split(".")[1] ?? "", "base64url").toString());
      const info = await fetch(`${this.hub}/oauth2/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      const { name } = (await info.json()) as { name: string };
      const key = randomBytes(16).toString("hex");
      this.signedIn.set(key, { sid: claims.sid, name });
      return lead("/", { "set-cookie": `tool=${key}; HttpOnly; Path=/` });
    }
    const key = /tool=([0-9a-f]+)/.exec(cookie)?.[1] ?? "";
    const session = this.signedIn.get(key);
    if (session) return page(`Hello ${session.name}`);
    if (url.pathname !== "/enter") return page("Nobody is signed in");
    const [state, verifier] = [randomBytes(16).toString("hex"), randomBytes(32).toString("base64url")];
    this.verifiers.set(state, verifier);
    const query = new URLSearchParams({
      client_id: this.client,
      redirect_uri: `${this.url}/cb`,
      response_type: "code",
      scope: "openid profile",
      state,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    return lead(`${this.hub}/oauth2/authorize?${query.toString()}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}
