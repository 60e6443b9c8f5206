// Before all tests: one database with the demo community, of which each hub gets a copy.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "./hub.ts";

export default function fill(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "hub-demo-"));
  execFileSync(program(), ["demo"], {
    cwd: folder,
    env: { PATH: process.env.PATH, HUB_DATABASE__URL: `sqlite://${join(folder, "hub.sqlite")}` },
    stdio: ["ignore", "ignore", "inherit"],
  });
  process.env.DEMO_FOLDER = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
