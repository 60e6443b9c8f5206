//! The release build, running on a demo database of its own.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const HUB: &str = "target/release/hub";

/// A running hub; it stops when this is dropped.
pub struct Program {
    child: Child,
    database: String,
    pub address: SocketAddr,
    /// From the start of the process to the first whole answer of the home page.
    pub first_answer: Duration,
}

/// A tool of the shared sign-on.
#[derive(Clone)]
pub struct Registered {
    pub client_id: String,
    pub secret: String,
}

impl Program {
    /// Fills an empty database with the demo community and serves it.
    pub async fn start(database: &str) -> Self {
        // Taken and let go again: free, most likely, a moment later.
        let address = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert!(
            hub(database, address, "demo")
                .stdout(Stdio::null())
                .status()
                .unwrap()
                .success()
        );
        let start = Instant::now();
        let child = hub(database, address, "serve").spawn().unwrap();
        while !answers(address).await {
            assert!(start.elapsed() < Duration::from_secs(20), "the hub does not answer");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self {
            child,
            database: database.to_owned(),
            address,
            first_answer: start.elapsed(),
        }
    }

    /// Registers a tool that may ask for everything and whose door is open to everybody.
    pub fn register(&self, redirect: &str) -> Registered {
        let printed = hub(&self.database, self.address, "sso")
            .args(["client", "add", "Bench", "--door", "everybody"])
            .args([
                "--scopes",
                "profile,email,groups,offline_access",
                "--redirect",
                redirect,
            ])
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let said = |name: &str| {
            let line = printed.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no tool was registered: {printed}"))
                .trim()
                .to_owned()
        };
        Registered {
            client_id: said("client id"),
            secret: said("client secret"),
        }
    }

    /// Megabytes of memory: now, and the most there were.
    pub fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let megabytes = |name: &str| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_default();
            line.split_whitespace()
                .next()
                .and_then(|kib| kib.parse::<f64>().ok())
                .unwrap_or_default()
                * 1024.0
                / 1e6
        };
        (megabytes("VmRSS:"), megabytes("VmHWM:"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn hub(database: &str, address: SocketAddr, command: &str) -> Command {
    let mut hub = Command::new(HUB);
    hub.arg(command)
        .env("HUB_DATABASE__URL", database)
        .env("HUB_SERVER__LISTEN", address.to_string())
        .env("HUB_LOG__LEVEL", "warn");
    hub
}

async fn answers(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return false;
    };
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).await.is_ok()
        && stream.read_to_string(&mut answer).await.is_ok()
        && answer.starts_with("HTTP/1.1 200")
}
