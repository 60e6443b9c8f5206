//! Calls to tools and other parties whose address somebody typed in: never into the hub's own network unless the operator
//! allows it, never along a redirect, within a time and a size.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Method, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
};
use url::{Host, Url};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long an answer may be.
const MOST: usize = 256 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    /// An address of this machine or a private network.
    #[error("the address is private: set outgoing.private_addresses if that is meant")]
    Private,
    /// Not http, or without a host.
    #[error("this is no address to call")]
    Address,
    /// More than anybody needs.
    #[error("the answer is too long")]
    TooLong,
    /// Nobody answers, or not in time.
    #[error("{0}")]
    Network(String),
}

impl From<reqwest::Error> for OutgoingError {
    fn from(error: reqwest::Error) -> Self {
        // The innermost cause says most; the address may hold what nobody should read in a log.
        let error = error.without_url();
        let mut cause: &(dyn Error + 'static) = &error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        if cause.is::<PrivateAddress>() {
            return Self::Private;
        }
        Self::Network(cause.to_string())
    }
}

/// What a party answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// What it said.
    pub body: Vec<u8>,
}

/// What is sent.
#[derive(Debug, Default)]
pub struct Call {
    /// GET where there is none.
    pub method: Method,
    /// Headers.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

/// The client for such calls; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    client: reqwest::Client,
    private: bool,
}

impl Outgoing {
    /// A client that may or may not call private addresses.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(private: bool) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .user_agent("hub");
        if !private {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        Ok(Self {
            client: builder.build()?,
            private,
        })
    }

    /// Calls an address.
    ///
    /// # Errors
    /// Where it may not be called, or nobody answers.
    pub async fn call(&self, address: &str, call: Call) -> Result<Answer, OutgoingError> {
        let url = Url::parse(address).map_err(|_| OutgoingError::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(OutgoingError::Address);
        }
        // Names are judged when they are looked up; an address that stands there in figures is not looked up.
        let figures = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) => None,
            None => return Err(OutgoingError::Address),
        };
        if !self.private && figures.is_some_and(|ip| !public(ip)) {
            return Err(OutgoingError::Private);
        }
        let mut request = self.client.request(call.method, url).headers(call.headers);
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let mut response = request.send().await?;
        let status = response.status();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MOST {
                return Err(OutgoingError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to a private address")]
struct PrivateAddress;

/// Looks names up and keeps the public addresses only. What is called is what was judged: the name is not looked up again.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0))
                .await?
                .filter(|address| public(address.ip()))
                .collect();
            if found.is_empty() {
                return Err(PrivateAddress.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the open internet.
pub fn public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => {
            let parts = ip.segments();
            // What only wraps an address of the older kind is judged by that one: mapped, compatible, NAT64.
            let wrapped = ip.to_ipv4_mapped().or_else(|| {
                let wraps = parts[..6] == [0; 6] || parts[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
                let [.., a, b] = parts;
                let ([a, b], [c, d]) = (a.to_be_bytes(), b.to_be_bytes());
                wraps.then(|| Ipv4Addr::new(a, b, c, d))
            });
            if let Some(ip) = wrapped {
                return public_v4(ip);
            }
            // Of all the rest only 2000::/3 is handed out, and there 2001:db8::/32 is for examples, 2002::/16 wraps.
            parts[0] & 0xe000 == 0x2000 && !(parts[0] == 0x2001 && parts[1] == 0x0db8) && parts[0] != 0x2002
        }
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_addresses_of_the_open_internet_are_called() {
        for good in ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(public(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!public(bad.parse().unwrap()), "{bad}");
        }
    }

    #[tokio::test]
    async fn neither_figures_nor_names_lead_inside() {
        let closed = Outgoing::new(false).unwrap();
        for inside in [
            "http://127.0.0.1:9/x",
            "http://[::1]:9/",
            "http://localhost:9/",
            "http://0x7f.1:9/",
            "http://2130706433:9/",
        ] {
            let refused = closed.call(inside, Call::default()).await;
            assert!(matches!(refused, Err(OutgoingError::Private)), "{inside}: {refused:?}");
        }
        for no in ["ftp://example.org/", "nothing", "file:///etc/passwd"] {
            assert!(
                matches!(closed.call(no, Call::default()).await, Err(OutgoingError::Address)),
                "{no}"
            );
        }
        let open = Outgoing::new(true).unwrap();
        let refused = open.call("http://127.0.0.1:9/x", Call::default()).await;
        assert!(matches!(refused, Err(OutgoingError::Network(_))), "{refused:?}");
    }
}
