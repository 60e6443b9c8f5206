//! Letters leave through the outbox: over SMTP, or into the log where no mail server is set.

#[cfg(test)]
mod tests;
mod transport;

use app::letters::{Sender, Written};
use domain::{
    accounts::letters::{self, Letter},
    outbox::{Failure, Leased},
};
use lettre::{
    AsyncTransport, Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

pub(crate) use transport::{Mailer, check, transport};

use crate::{clock, outbox::Kind, state::AppState};

/// Letters, for the worker.
pub(crate) const LETTERS: Kind = Kind {
    name: letters::KIND,
    carry: |state, leased| Box::pin(carry(state, leased)),
};

/// Makes a letter ready, writes it, and gives it to the mail server.
async fn carry(state: &AppState, leased: &Leased) -> Result<(), Failure> {
    let letter: Letter = serde_json::from_str(&leased.payload).map_err(Failure::never)?;
    let ready = letters::ready(state.db(), clock::now(), &letter)
        .await
        .map_err(Failure::later)?;
    let Some(ready) = ready else {
        return Ok(());
    };
    let settings = &state.services.settings;
    let written = app::letters::write(
        &ready,
        Sender {
            community: &settings.community,
            base_url: &settings.base_url,
            locale: &settings.locale,
            zone: settings.time_zone,
        },
    );
    send(&state.mail, leased.id, &ready.letter.to, written).await
}

async fn send(mailer: &Mailer, id: Uuid, to: &str, written: Written) -> Result<(), Failure> {
    let Mailer::Smtp { transport, from } = mailer else {
        let Written { subject, text, .. } = written;
        tracing::info!(
            "no mail server is set (mail.url), so that this letter stands here:\nTo: {to}\nSubject: {subject}\n\n{text}"
        );
        return Ok(());
    };
    let message = message(from, id, to, written).map_err(Failure::never)?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_permanent() => Err(Failure::never(error)),
        Err(error) => Err(Failure::later(error)),
    }
}

fn message(from: &Mailbox, id: Uuid, to: &str, written: Written) -> Result<Message, Box<dyn std::error::Error>> {
    let host = from.email.domain();
    let message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.parse()?))
        .subject(written.subject)
        // The same on every try, so that a mailbox that got it twice after all can tell.
        .message_id(Some(format!("<{id}@{host}>")))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(written.text, written.html))?;
    Ok(message)
}

/// Written by a program: out-of-office notes do not answer it (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
