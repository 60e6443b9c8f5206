//! `hub doctor`: one line for each thing the hub needs, ok or what to do.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    clients::scim::{self, Overview},
    db::Db,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use url::Url;

use super::{Failure, connect};
use crate::{clock, config::Config, health, mail::transport, secrets};

/// How long anything outside has to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How far two clocks may be apart before tokens are refused.
const DRIFT: TimeDelta = TimeDelta::seconds(30);

/// Good news, or what to do.
type Finding = Result<String, String>;

/// Prints every finding and fails where there is something to do.
pub(super) async fn doctor(config: &Config) -> Result<(), Failure> {
    let mut report = Report::default();
    report.note(
        "configuration",
        Ok(format!("read; the hub is at {}", config.base_url())),
    );
    let db = match connect(config).await {
        Ok(db) => {
            report.note("database", Ok(format!("{:?} answers", db.backend())));
            report.note(
                "migrations",
                health::readiness(&db).await.map(|()| "none pending".to_owned()),
            );
            Some(db)
        }
        Err(error) => {
            report.note(
                "database",
                Err(format!("{error}. Check database.url and that the database runs")),
            );
            None
        }
    };
    if config.sign_on.has_built_in() {
        report.note("sign-on", Ok("the hub is its own OpenID provider".to_owned()));
    }
    if let Err(error) = config.check_files() {
        report.note("sign-on", Err(format!("{}: {}", error.key, error.problem)));
    }
    let single = config
        .sign_on
        .issuer
        .as_ref()
        .map(|issuer| ("sign_on.issuer".to_owned(), issuer));
    let several = config.sign_on.providers.iter().flatten();
    let several = several
        .filter_map(|(name, provider)| Some((format!("sign_on.providers.{name}.issuer"), provider.issuer.as_ref()?)));
    let mut issuer = None;
    for (key, address) in single.into_iter().chain(several) {
        match discover(address, &key).await {
            Ok(date) => {
                report.note("sign-on", Ok(format!("{address} says what it should")));
                issuer = issuer.or(date);
            }
            Err(error) => report.note("sign-on", Err(format!("{error}. Check {key}"))),
        }
    }
    if let Some(db) = &db
        && db.pending_migrations().await.is_ok_and(|pending| pending == 0)
    {
        report.note("secrets", secrets::look(config, db).await);
    }
    let database = match &db {
        Some(db) => database_time(db).await,
        None => None,
    };
    report.note(
        "clock",
        compare_clocks(clock::now(), &[("the issuer", issuer), ("the database", database)]),
    );
    report.note("mail", mail(config).await);
    if let Some(db) = &db {
        report.note("outbox", outbox(db).await);
        if config.sign_on.issuer.is_none() {
            report.note("accounts ahead", accounts_ahead(db).await);
        }
    }
    if report.to_do == 0 {
        Ok(())
    } else {
        Err(format!("{} to put right", report.to_do).into())
    }
}

#[derive(Default)]
struct Report {
    to_do: usize,
}

impl Report {
    fn note(&mut self, what: &str, finding: Finding) {
        match finding {
            Ok(words) => println!("ok    {what:<14} {words}"),
            Err(words) => {
                self.to_do += 1;
                println!("TO DO {what:<14} {words}.");
            }
        }
    }
}

/// Asks the issuer who it is; gives what time it thinks it is.
async fn discover(issuer: &Url, key: &str) -> Result<Option<DateTime<Utc>>, String> {
    let address = format!(
        "{}/.well-known/openid-configuration",
        issuer.as_str().trim_end_matches('/')
    );
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .build()
        .map_err(|error| error.to_string())?;
    let answer = client
        .get(&address)
        .send()
        .await
        .map_err(|_| format!("{address} does not answer"))?;
    if !answer.status().is_success() {
        return Err(format!("{address} answers {}", answer.status()));
    }
    let date = answer
        .headers()
        .get(http::header::DATE)
        .and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok())
        .map(|date| date.with_timezone(&Utc));
    let text = answer.text().await.map_err(|_| format!("{address} breaks off"))?;
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|_| format!("{address} is not JSON"))?;
    let named = document["issuer"].as_str().unwrap_or_default();
    if named.trim_end_matches('/') != issuer.as_str().trim_end_matches('/') {
        return Err(format!(
            "{address} calls itself {named:?}, which has to be the same as {key}"
        ));
    }
    Ok(date)
}

/// What time `PostgreSQL` thinks it is; `SQLite` has no clock but ours.
async fn database_time(db: &Db) -> Option<DateTime<Utc>> {
    if db.backend() != DatabaseBackend::Postgres {
        return None;
    }
    let question = Statement::from_string(DatabaseBackend::Postgres, "SELECT now() AS now");
    let row = db.read().query_one_raw(question).await.ok()??;
    row.try_get("", "now").ok()
}

fn compare_clocks(own: DateTime<Utc>, others: &[(&str, Option<DateTime<Utc>>)]) -> Finding {
    let mut agreed = Vec::new();
    for (whose, time) in others {
        let Some(time) = time else { continue };
        let apart = (own - time).abs();
        if apart > DRIFT {
            let apart = apart.num_seconds();
            return Err(format!(
                "{apart} s away from {whose}. Run a time service (chrony, systemd-timesyncd) on both"
            ));
        }
        agreed.push(*whose);
    }
    if agreed.is_empty() {
        return Ok(format!("{} (nothing to compare it with)", own.format("%F %T UTC")));
    }
    Ok(format!("agrees with {}", agreed.join(" and ")))
}

/// Whether anything that had to reach somebody never did.
async fn outbox(db: &Db) -> Finding {
    let lag = domain::outbox::lag(db.read())
        .await
        .map_err(|error| format!("it cannot be read: {error}. Run `hub migrate`"))?;
    if lag.given_up == 0 {
        Ok(format!("{} waiting, none given up", lag.waiting))
    } else {
        let given_up = lag.given_up;
        Err(format!(
            "{given_up} given up: the table outbox says why (given_up_at, last_error). Delete what you have seen to"
        ))
    }
}

/// Whether the tools that accounts are sent to have taken them.
async fn accounts_ahead(db: &Db) -> Finding {
    let all = scim::overview(db.read())
        .await
        .map_err(|error| format!("they cannot be read: {error}. Run `hub migrate`"))?;
    let mut to_do = Vec::new();
    let (mut tools, mut waiting) = (0, 0);
    for one in all.into_iter().filter(|one| one.target.active) {
        tools += 1;
        waiting += one.counts.waiting;
        if let Some(state) = trouble_with(&one) {
            to_do.push(format!("{} {state}", one.target.client_id));
        }
    }
    if to_do.is_empty() {
        Ok(format!("sent to {tools} tools, {waiting} waiting"))
    } else {
        Err(format!(
            "{}. The tool's page under Sign-on of the tools says more",
            to_do.join("; ")
        ))
    }
}

/// What a human has to see to at a tool that accounts are sent to, if anything.
pub(super) fn trouble_with(one: &Overview) -> Option<String> {
    let (refused, tries) = (one.counts.refused, one.target.tries);
    match &one.target.trouble {
        Some((trouble, _)) if one.given_up => Some(format!("was given up ({})", trouble.as_str())),
        None if one.given_up => Some("was given up".to_owned()),
        Some((trouble, _)) => Some(format!("is in trouble ({}, {tries} tries)", trouble.as_str())),
        None if refused > 0 => Some(format!("refused {refused}")),
        None => None,
    }
}

async fn mail(config: &Config) -> Finding {
    let Some(url) = &config.mail.url else {
        return Ok("not set up: letters are written to the log (set mail.url to send them)".to_owned());
    };
    let transport = transport(url, PATIENCE).map_err(|problem| format!("mail.url: {problem}. See hub.example.toml"))?;
    match tokio::time::timeout(PATIENCE * 2, transport.test_connection()).await {
        Ok(Ok(true)) => Ok("the mail server answers".to_owned()),
        _ => Err("the mail server does not answer. Check mail.url, the name and the password in it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use domain::testing::at;

    use super::*;

    #[test]
    fn clocks_may_differ_a_little() {
        let own = at(2026, 3, 1, 10, 0);
        let near = Some(own + TimeDelta::seconds(20));
        let far = Some(own - TimeDelta::minutes(3));
        assert!(compare_clocks(own, &[("the issuer", near), ("the database", None)]).is_ok());
        let finding = compare_clocks(own, &[("the issuer", near), ("the database", far)]);
        assert!(finding.is_err_and(|words| words.contains("180 s away from the database")));
        assert!(compare_clocks(own, &[]).is_ok_and(|words| words.contains("10:00:00")));
    }
}
