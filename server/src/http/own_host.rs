//! Pages are at one address. Who comes by another name of the same house is led there, because cookies know one name only:
//! a sign-in that began at `localhost` would be lost at `127.0.0.1`.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Method, header};
use url::Url;

/// Leads requests for pages to the hub's own host.
pub(super) async fn lead(State(base): State<Url>, request: Request, next: Next) -> Response {
    let for_programs = ["/oauth2/", "/.well-known/", "/.hub/", "/calendar/"];
    let page = !for_programs.iter().any(|start| request.uri().path().starts_with(start));
    if page && *request.method() == Method::GET && comes_by_another_name(request.headers(), &base) {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return Redirect::temporary(&format!("{}{path}", base.as_str().trim_end_matches('/'))).into_response();
    }
    next.run(request).await
}

/// Whether the browser asked for another name. A proxy that writes its own name for the hub there must not be led in a
/// circle: its names are no public ones, or it says that it is a proxy.
fn comes_by_another_name(headers: &HeaderMap, base: &Url) -> bool {
    let Some(asked) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let Some((asked, own)) = Url::parse(&format!("{}://{asked}", base.scheme()))
        .ok()
        .zip(base.host_str())
    else {
        return false;
    };
    let name = asked.host_str().unwrap_or_default();
    if name == own && asked.port_or_known_default() == base.port_or_known_default() {
        return false;
    }
    if is_this_machine(own) {
        // Another port may be a tunnel or a container's.
        return is_this_machine(name) && asked.port_or_known_default() == base.port_or_known_default();
    }
    let forwarded = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    let is_public = name.contains('.') && address(name).is_none() && !is_this_machine(name);
    is_public && name != own && !forwarded.iter().any(|name| headers.contains_key(*name))
}

fn address(name: &str) -> Option<IpAddr> {
    name.trim_matches(['[', ']']).parse().ok()
}

fn is_this_machine(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost") || address(name).is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn led(host: &str, base: &str, more: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(name) = more {
            headers.insert(name, "192.0.2.1".parse().unwrap());
        }
        comes_by_another_name(&headers, &base.parse().unwrap())
    }

    #[test]
    fn another_name_of_this_machine_leads_to_the_one_in_use() {
        let base = "http://127.0.0.1:3000/";
        assert!(led("localhost:3000", base, None));
        assert!(led("[::1]:3000", base, None));
        for own in ["127.0.0.1:3000", "localhost:8080", "hub.lan:3000"] {
            assert!(!led(own, base, None), "{own}");
        }
    }

    #[test]
    fn a_public_name_leads_to_the_right_one_but_no_proxy_goes_in_circles() {
        let base = "https://hub.example.org/";
        assert!(led("www.hub.example.org", base, None));
        for (host, more) in [
            ("hub.example.org", None),
            ("hub.example.org:443", None),
            ("127.0.0.1:3000", None),
            ("localhost:3000", None),
            ("10.0.0.5:3000", None),
            ("hub_backend", None),
            ("www.hub.example.org", Some("x-forwarded-for")),
        ] {
            assert!(!led(host, base, more), "{host}");
        }
    }
}
