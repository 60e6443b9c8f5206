// A tool that signs people in through the hub: its registration, and a small server for where people come back to.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import type { Hub } from "./hub.ts";

export interface Registration {
  client_id: string;
  name: string;
  /** Left out for a client that can keep none. */
  secret?: string;
  redirect_uri: string;
  post_logout_redirect_uri: string;
  algorithm?: "RS256" | "ES256";
  grant_types?: string;
  subject_type?: "public" | "pairwise";
}

const GRANTS = "authorization_code refresh_token urn:ietf:params:oauth:grant-type:device_code";

/** Writes a registration straight into the database of a running hub. */
export function register(hub: Hub, tool: Registration): void {
  const db = new DatabaseSync(hub.database);
  db.exec("PRAGMA busy_timeout = 5000");
  db.prepare(
    `INSERT INTO provider_clients (client_id, name, sealed_secret, secret_hash, kind, auth_method, redirect_uris,
       post_logout_redirect_uris, scopes, grant_types, id_token_algorithm, subject_type, created_at)
     VALUES (?, ?, '', ?, ?, ?, ?, ?, 'openid profile email groups membership', ?, ?, ?, ?)`,
  ).run(
    tool.client_id,
    tool.name,
    tool.secret ? createHash("sha256").update(tool.secret).digest("base64url") : "",
    tool.secret ? "confidential" : "public",
    tool.secret ? "client_secret_basic" : "none",
    JSON.stringify([tool.redirect_uri]),
    JSON.stringify([tool.post_logout_redirect_uri]),
    tool.grant_types ?? GRANTS,
    tool.algorithm ?? "RS256",
    tool.subject_type ?? "public",
    "2026-01-01T00:00:00+00:00",
  );
  db.close();
}

/** A server that only says hello: what matters is the address at which people arrive. */
export function startTool(port: number): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end('<!DOCTYPE html><html lang="en"><head><title>Files</title><link rel="icon" href="data:,"></head><body><h1>Files</h1></body></html>');
  });
  return new Promise((started) => {
    server.listen(port, "127.0.0.1", () =>
      started({
        url: `http://127.0.0.1:${port}`,
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      }),
    );
  });
}
