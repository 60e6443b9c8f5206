// The release program, started on a free port with a database of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** The program under test: END2END_PROGRAM, or what `cargo leptos build --release` left. */
export function program(): string {
  const path = process.env.END2END_PROGRAM ?? join(root, "target/release/hub");
  if (!existsSync(path)) throw new Error(`${path} is not there: build it first (make build)`);
  return path;
}

/** What the program serves beside its pages, built together with it. */
function site(): string {
  return process.env.END2END_SITE ?? join(dirname(program()), "../site");
}

/** A port that nobody listens on at present. */
export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export class Hub {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly said: string[],
  ) {}

  /** Starts a hub with the demo community, or with nobody in it; `name` is what people call this machine. */
  static async start(
    who: "demo" | "nobody" = "demo",
    settings: Record<string, string> = {},
    port?: number,
    name = "127.0.0.1",
  ): Promise<Hub> {
    const folder = mkdtempSync(join(tmpdir(), "hub-test-"));
    if (who === "demo") cpSync(process.env.DEMO_FOLDER ?? "", folder, { recursive: true });
    const own = port ?? (await freePort());
    const listen = `127.0.0.1:${own}`;
    const url = `http://${name}:${own}`;
    const said: string[] = [];
    const child = spawn(program(), ["serve"], {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        HUB_DATABASE__URL: `sqlite://${join(folder, "hub.sqlite")}`,
        HUB_SERVER__LISTEN: listen,
        HUB_SERVER__BASE_URL: url,
        HUB_SERVER__SITE_FOLDER: site(),
        HUB_COMMUNITY__NAME: "Alder Commons",
        // The tools of these tests listen beside the hub.
        HUB_OUTGOING__PRIVATE_ADDRESSES: "true",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.on("data", (words: Buffer) => said.push(words.toString()));
    child.stderr.on("data", (words: Buffer) => said.push(words.toString()));
    const hub = new Hub(url, child, folder, said);
    await hub.ready();
    return hub;
  }

  /** The file of its database. */
  get database(): string {
    return join(this.folder, "hub.sqlite");
  }

  private async ready(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (this.process.exitCode !== null) break;
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`the hub did not start:\n${this.said.join("")}`);
  }

  /** Lines of its log at the level ERROR: nothing that a person does in a test may cause one. */
  errors(): string[] {
    // eslint-disable-next-line no-control-regex
    const plain = this.said.join("").replaceAll(/\u001b\[[0-9;]*m/g, "");
    return plain.split("\n").filter((line) => /\bERROR\b|panicked/.test(line));
  }

  /** The latest letter to an address: without a mail server, letters stand in the log. */
  async letter(to: string): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const letters = this.said.join("").split("this letter stands here:\n").slice(1);
      const found = letters.reverse().find((letter) => letter.startsWith(`To: ${to}\n`) && letter.includes("\n-- \n"));
      if (found) return found.slice(0, found.indexOf("\n-- \n"));
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`no letter to ${to}:\n${this.said.join("")}`);
  }

  /** The path that the button of the latest letter to an address leads to. */
  async linkIn(to: string): Promise<string> {
    const letter = await this.letter(to);
    const link = letter.split("\n").find((line) => line.startsWith(`${this.url}/`));
    if (!link) throw new Error(`no link in the letter to ${to}:\n${letter}`);
    return link.slice(this.url.length);
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = new Promise((end) => this.process.once("exit", end));
      this.process.kill("SIGTERM");
      const patience = setTimeout(() => this.process.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(patience);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
