//! One keep-alive connection, and a browser that keeps cookies and follows redirects: enough HTTP to measure the program.

use std::{collections::BTreeMap, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that one request after another goes through.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, borrowed from its connection.
pub struct Answer<'c> {
    pub status: u16,
    head: &'c str,
    pub body: &'c [u8],
}

impl Connection {
    pub async fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            buffer: Vec::with_capacity(1 << 18),
        }
    }

    /// Sends a request, written out, and reads the whole answer to it.
    pub async fn send(&mut self, request: &str) -> Answer<'_> {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.buffer.clear();
        let mut found: Option<(usize, Option<usize>)> = None;
        loop {
            assert_ne!(
                self.stream.read_buf(&mut self.buffer).await.unwrap(),
                0,
                "the program hung up"
            );
            let buffer = &self.buffer;
            if found.is_none() {
                found = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|end| {
                    let head = std::str::from_utf8(&buffer[..end]).unwrap();
                    (end + 4, value(head, "content-length").and_then(|n| n.parse().ok()))
                });
            }
            match found {
                Some((start, Some(length))) if buffer.len() - start >= length => break,
                Some((_, None)) if buffer.ends_with(b"0\r\n\r\n") => break,
                _ => {}
            }
        }
        let start = found.unwrap().0;
        let head = std::str::from_utf8(&self.buffer[..start - 4]).unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head,
            body: &self.buffer[start..],
        }
    }
}

impl Answer<'_> {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }
}

/// The value of a header.
fn value<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    values(head, name).next()
}

fn values<'h>(head: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    head.lines().filter_map(move |line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A reader of the hub's pages.
pub struct Browser {
    address: SocketAddr,
    connection: Connection,
    cookies: BTreeMap<String, String>,
}

/// The page that a browser arrived at.
pub struct Page {
    pub status: u16,
    pub html: String,
}

impl Browser {
    pub async fn at(address: SocketAddr) -> Self {
        Self {
            address,
            connection: Connection::to(address).await,
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in as the demo person with this handle; nobody where that person may not.
    pub async fn signed_in(address: SocketAddr, handle: &str) -> Option<Self> {
        let mut browser = Self::at(address).await;
        let form = browser.get("/sign-in").await;
        let next = crate::between(&form.html, "name=\"next\" value=\"", "\"")
            .unwrap()
            .replace("&amp;", "&");
        let email = format!("{handle}@alder.example");
        let fields = [
            ("next", next.as_str()),
            ("email", email.as_str()),
            ("password", "commons-demo"),
        ];
        let arrived = browser.post("/do/account/sign-in", &fields).await;
        arrived.html.contains("action=\"/sign-out\"").then_some(browser)
    }

    /// The header that carries its cookies.
    pub fn cookie_header(&self) -> String {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("cookie: {}\r\n", cookies.join("; "))
    }

    /// Goes to an address of the hub and follows where it leads.
    pub async fn get(&mut self, path: &str) -> Page {
        self.follow(path.to_owned(), None).await
    }

    /// Sends a form and follows where that leads.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.follow(path.to_owned(), Some(form(fields))).await
    }

    /// Sends a form and follows where that leads, up to an address elsewhere; gives that.
    pub async fn post_until(&mut self, path: &str, fields: &[(&str, &str)], elsewhere: &str) -> String {
        let (mut path, mut body) = (path.to_owned(), Some(form(fields)));
        for _ in 0..12 {
            let (status, to, _) = self.ask(&path, body.take()).await;
            let to = to.unwrap_or_else(|| panic!("{path} answers {status}"));
            if to.starts_with(elsewhere) {
                return to;
            }
            path = self.own(to);
        }
        panic!("no end of redirects at {path}");
    }

    /// A path of an address of the hub.
    fn own(&self, to: String) -> String {
        let own = format!("http://{}", self.address);
        match to.strip_prefix(&own) {
            Some(path) => path.to_owned(),
            None => to,
        }
    }

    /// Sends a form; gives the status of the answer and stays.
    pub async fn act(&mut self, path: &str, fields: &[(&str, &str)]) -> u16 {
        self.ask(path, Some(form(fields))).await.0
    }

    async fn follow(&mut self, mut path: String, mut body: Option<String>) -> Page {
        for _ in 0..12 {
            let (status, to, html) = self.ask(&path, body.take()).await;
            match to {
                Some(to) if (300..400).contains(&status) => path = self.own(to),
                _ => return Page { status, html },
            }
        }
        panic!("no end of redirects at {path}");
    }

    async fn ask(&mut self, path: &str, body: Option<String>) -> (u16, Option<String>, String) {
        let address = self.address;
        let cookies = self.cookie_header();
        let request = match body {
            None => format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{cookies}\r\n"),
            Some(body) => format!(
                "POST {path} HTTP/1.1\r\nhost: {address}\r\n{cookies}origin: http://{address}\r\n\
                sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                content-length: {}\r\n\r\n{body}",
                body.len()
            ),
        };
        let answer = self.connection.send(&request).await;
        for cookie in values(answer.head, "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let to = value(answer.head, "location").map(str::to_owned);
        (answer.status, to, answer.text())
    }
}

/// Fields as they are sent.
pub fn form(fields: &[(&str, &str)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}
