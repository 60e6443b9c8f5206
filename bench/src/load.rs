//! A small load generator: keep-alive connections that ask for one address again and again.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::http::Connection;

/// What was reached.
pub struct Rate {
    pub per_second: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    /// Length of one body.
    pub bytes: usize,
}

/// Asks for the address, with these headers beside the host, on so many connections for so long.
pub async fn run(to: SocketAddr, path: &str, headers: &str, connections: usize, time: Duration) -> Rate {
    let begin = Instant::now();
    let asking: Vec<_> = (0..connections)
        .map(|_| {
            let request = request(to, path, headers);
            tokio::spawn(async move {
                let mut connection = Connection::to(to).await;
                let (mut took, mut bytes) = (Vec::new(), 0);
                while begin.elapsed() < time {
                    let start = Instant::now();
                    let answer = connection.send(&request).await;
                    assert_eq!(answer.status, 200);
                    bytes = answer.body.len();
                    took.push(start.elapsed());
                }
                (took, bytes)
            })
        })
        .collect();
    let (mut took, mut bytes) = (Vec::new(), 0);
    for task in asking {
        let (more, length) = task.await.unwrap();
        took.extend(more);
        bytes = length;
    }
    let elapsed = begin.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    Rate {
        per_second: took.len() as f64 / elapsed,
        median_ms: at(0.5),
        p99_ms: at(0.99),
        bytes,
    }
}

/// Asks once and gives the body as text.
pub async fn once(to: SocketAddr, path: &str) -> String {
    Connection::to(to).await.send(&request(to, path, "")).await.text()
}

fn request(to: SocketAddr, path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: {to}\r\n{headers}\r\n")
}
