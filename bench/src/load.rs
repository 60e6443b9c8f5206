//! A small load generator: keep-alive connections that ask for one address again and again.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What was reached.
pub struct Rate {
    pub per_second: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    /// Length of one body.
    pub bytes: usize,
}

/// Asks for the address on so many connections for so long.
pub async fn run(to: SocketAddr, path: &str, encoding: &'static str, connections: usize, time: Duration) -> Rate {
    let begin = Instant::now();
    let asking: Vec<_> = (0..connections)
        .map(|_| {
            let request = request(to, path, encoding);
            tokio::spawn(async move {
                let mut stream = connect(to).await;
                let (mut took, mut buffer, mut bytes) = (Vec::new(), Vec::with_capacity(1 << 18), 0);
                while begin.elapsed() < time {
                    let start = Instant::now();
                    stream.write_all(request.as_bytes()).await.unwrap();
                    bytes = answer(&mut stream, &mut buffer).await.1;
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
pub async fn once(to: SocketAddr, path: &str, encoding: &'static str) -> String {
    let mut stream = connect(to).await;
    stream.write_all(request(to, path, encoding).as_bytes()).await.unwrap();
    let mut buffer = Vec::new();
    let (start, _) = answer(&mut stream, &mut buffer).await;
    String::from_utf8_lossy(&buffer[start..]).into_owned()
}

fn request(to: SocketAddr, path: &str, encoding: &str) -> String {
    let encoding = if encoding.is_empty() {
        String::new()
    } else {
        format!("accept-encoding: {encoding}\r\n")
    };
    format!("GET {path} HTTP/1.1\r\nhost: {to}\r\n{encoding}\r\n")
}

async fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Reads one whole answer: where its body begins and how long that is (with the frames of chunks, if any).
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> (usize, usize) {
    buffer.clear();
    let mut body = None;
    loop {
        assert_ne!(stream.read_buf(buffer).await.unwrap(), 0, "the program hung up");
        if body.is_none() {
            body = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|end| {
                let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
                assert!(head.starts_with("http/1.1 200"), "{head}");
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
                (end + 4, length)
            });
        }
        match body {
            Some((start, Some(length))) if buffer.len() - start >= length => return (start, length),
            Some((start, None)) if buffer.ends_with(b"0\r\n\r\n") => return (start, buffer.len() - start),
            _ => {}
        }
    }
}
