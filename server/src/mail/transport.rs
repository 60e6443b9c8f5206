//! The way to the mail server.

use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor, message::Mailbox, transport::smtp::AsyncSmtpTransportBuilder};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::config::Mail;

/// How long the mail server has to answer each time.
const PATIENCE: Duration = Duration::from_secs(20);

/// How letters leave.
pub(crate) enum Mailer {
    /// Into the log.
    Log,
    /// To a mail server.
    Smtp {
        /// The way there.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// Who the letters are from.
        from: Mailbox,
    },
}

impl Mailer {
    /// The way that the settings give; they were checked when they were read.
    pub(crate) fn new(mail: &Mail) -> Self {
        let Some((url, from)) = mail.url.as_ref().zip(mail.from.as_ref()) else {
            return Self::Log;
        };
        match transport(url, PATIENCE).and_then(|transport| Ok((transport, sender(from)?))) {
            Ok((transport, from)) => Self::Smtp { transport, from },
            Err(problem) => {
                tracing::error!(%problem, "letters go into the log");
                Self::Log
            }
        }
    }
}

/// Whether letters can leave with these settings, as far as that shows without trying: the key and what is wrong with it.
pub(crate) fn check(mail: &Mail) -> Result<(), (&'static str, String)> {
    if let Some(url) = &mail.url {
        builder(url).map_err(|problem| ("mail.url", problem))?;
        let from = mail
            .from
            .as_ref()
            .ok_or(("mail.from", "it is needed with mail.url".to_owned()))?;
        sender(from).map_err(|problem| ("mail.from", problem))?;
    }
    Ok(())
}

fn sender(from: &str) -> Result<Mailbox, String> {
    from.parse()
        .map_err(|_| "expected an address, such as \"Our Commons <hub@example.org>\"".to_owned())
}

/// Opens the way. No problem repeats the address: it may hold the password.
pub(crate) fn transport(url: &SecretString, patience: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
    Ok(builder(url)?.timeout(Some(patience)).build())
}

/// What opens the way; settings are read where nothing could be opened yet.
fn builder(url: &SecretString) -> Result<AsyncSmtpTransportBuilder, String> {
    let url = address(url.expose_secret())?;
    AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
        .map_err(|_| "it is no address of a mail server".to_owned())
}

/// The address as lettre wants it. Nothing leaves this machine without TLS.
fn address(url: &str) -> Result<Url, String> {
    let mut url: Url = url.parse().map_err(|_| "it is no address".to_owned())?;
    if !matches!(url.scheme(), "smtp" | "smtps") || url.host().is_none() {
        return Err("expected smtp:// or smtps:// and a host".to_owned());
    }
    let tls = (url.scheme() == "smtp" && !is_this_machine(&url)).then_some("tls=required");
    url.set_query(tls);
    Ok(url)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nothing_leaves_the_machine_without_tls() {
        for (given, taken) in [
            (
                "smtp://u:p@mail.example.org:587",
                "smtp://u:p@mail.example.org:587?tls=required",
            ),
            (
                "smtp://mail.example.org?tls=opportunistic",
                "smtp://mail.example.org?tls=required",
            ),
            ("smtps://u:p@mail.example.org", "smtps://u:p@mail.example.org"),
            ("smtp://127.0.0.1:25", "smtp://127.0.0.1:25"),
            ("smtp://localhost", "smtp://localhost"),
        ] {
            assert_eq!(address(given).unwrap().as_str(), taken);
            assert!(builder(&given.to_owned().into()).is_ok(), "{given}");
        }
        for bad in ["https://mail.example.org", "mail.example.org:25", "smtp:"] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
