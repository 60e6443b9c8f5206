//! Letters read well in both languages, and what people typed stays text.

use chrono::TimeZone;
use domain::accounts::letters::{About, Letter, Ready};

use super::{Sender, Written, write};

fn written(locale: &str, about: About, path: Option<&str>) -> Written {
    let until = chrono::Utc.with_ymd_and_hms(2026, 12, 7, 9, 0, 0).single();
    let ready = Ready {
        letter: Letter { to: "bo@example.org".into(), locale: locale.into(), about },
        path: path.map(str::to_owned),
        until: path.and(until),
    };
    let sender = Sender {
        community: "Alder Commons",
        base_url: "https://hub.example",
        locale: "en",
        zone: chrono_tz::Europe::Madrid,
    };
    write(&ready, sender)
}

fn invitation() -> About {
    About::Invitation { by: Some("Ada <b>Marlow</b>\r\nBcc: all@example.org".into()), operational: false, user: true }
}

#[test]
fn an_invitation_says_who_what_and_how() {
    let letter = written("", invitation(), Some("/invitations/t0ken"));
    assert_eq!(letter.subject, "You are invited to Alder Commons");
    assert!(letter.text.contains("Accept the invitation:\nhttps://hub.example/invitations/t0ken\n"), "{}", letter.text);
    assert!(letter.html.contains("href=\"https://hub.example/invitations/t0ken\""));
    assert!(letter.html.contains("Monday 7 December 2026, 10:00 (Europe/Madrid)"), "{}", letter.html);
    assert!(letter.html.contains("Ada &lt;b&gt;Marlow&lt;/b&gt;") && !letter.html.contains("<b>"));
}

#[test]
fn a_letter_is_in_the_language_of_its_reader() {
    let letter = written("es", invitation(), Some("/invitations/t0ken"));
    assert_eq!(letter.subject, "Tienes una invitación a Alder Commons");
    assert!(letter.html.contains("<html lang=\"es\">"));
}

#[test]
fn a_name_begins_no_header() {
    let letter = written("en", About::Request { name: "Bo\r\nBcc: all@example.org".into() }, Some("/stewards/accounts"));
    assert_eq!(letter.subject, "Bo Bcc: all@example.org asks for an account");
}
