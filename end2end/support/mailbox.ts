// A mail server of a few lines (RFC 5321) that keeps the letters it takes.
import { type Server, type Socket, createServer } from "node:net";

interface Kept {
  to: string;
  text: string;
}

export class Mailbox {
  private readonly kept: Kept[] = [];

  private constructor(
    private readonly server: Server,
    /** Its address, for the setting mail.url. */
    readonly url: string,
  ) {}

  static async start(): Promise<Mailbox> {
    const open = new Set<Socket>();
    const server = createServer();
    const port = await new Promise<number>((listening, failed) => {
      server.once("error", failed);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        listening(typeof address === "object" && address ? address.port : 0);
      });
    });
    const mailbox = new Mailbox(server, `smtp://127.0.0.1:${port}`);
    server.on("connection", (socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => socket.destroy());
      mailbox.talk(socket);
    });
    server.once("close", () => open.clear());
    mailbox.hangUp = () => open.forEach((socket) => socket.destroy());
    return mailbox;
  }

  private hangUp: () => void = () => undefined;

  private talk(socket: Socket): void {
    let waiting = "";
    let to = "";
    let letter: string[] | null = null;
    socket.write("220 mailbox\r\n");
    socket.on("data", (part: Buffer) => {
      waiting += part.toString();
      const lines = waiting.split("\r\n");
      waiting = lines.pop() ?? "";
      for (const line of lines) {
        if (letter) {
          if (line === ".") {
            this.kept.push({ to, text: plain(letter.join("\r\n")) });
            letter = null;
            socket.write("250 taken\r\n");
          } else {
            letter.push(line.startsWith(".") ? line.slice(1) : line);
          }
          continue;
        }
        const word = line.split(/[ :]/)[0]?.toUpperCase();
        if (word === "RCPT") to = /<([^>]*)>/.exec(line)?.[1] ?? "";
        if (word === "DATA") {
          letter = [];
          socket.write("354 go on\r\n");
        } else if (word === "QUIT") {
          socket.end("221 bye\r\n");
        } else {
          socket.write("250 fine\r\n");
        }
      }
    });
  }

  /** The latest letter to an address in which these words stand. */
  async letter(to: string, words: RegExp): Promise<string> {
    for (let tries = 0; tries < 200; tries += 1) {
      const found = this.kept.findLast((letter) => letter.to === to && words.test(letter.text));
      if (found) return found.text;
      await new Promise((later) => setTimeout(later, 50));
    }
    throw new Error(`no such letter to ${to} among ${this.kept.map((letter) => letter.to).join(", ") || "none"}`);
  }

  async stop(): Promise<void> {
    const closed = new Promise((end) => this.server.close(end));
    this.hangUp();
    await closed;
  }
}

/** A letter with its transfer encodings undone (RFC 2045), as far as plain words and addresses go. */
function plain(letter: string): string {
  const decoded = letter
    .split(/\r\n--[^\r\n]+(?:--)?\r\n/)
    .map((part) => {
      const [head = "", ...body] = part.split("\r\n\r\n");
      const text = body.join("\r\n\r\n");
      if (/content-transfer-encoding: base64/i.test(head)) return `${head}\n${Buffer.from(text, "base64").toString()}`;
      if (!/content-transfer-encoding: quoted-printable/i.test(head)) return part;
      const bytes = text
        .replaceAll("=\r\n", "")
        .replaceAll(/=([0-9A-F]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
      return `${head}\n${Buffer.from(bytes, "latin1").toString()}`;
    });
  return decoded.join("\n");
}
