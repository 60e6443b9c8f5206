//! `hub sso client`: the tools of the shared sign-on, from the command line.

use clap::{Subcommand, ValueEnum};
use domain::{
    circles,
    clients::{
        Audience, ClientForm, Proof, Scope,
        scim::{self, Overview},
        store::{self, By},
    },
    tools,
};

use super::{Failure, doctor::trouble_with, open};
use crate::{clock, config::Config};

/// What can be done with the tools.
#[derive(Debug, Subcommand)]
pub(super) enum Client {
    /// Register a tool and print its secret, this once
    Add(Box<New>),
    /// List the tools that sign people in here
    List,
    /// Make a new secret for a tool and print it; the one before opens for an hour longer
    Rotate {
        /// The name by which the tool asks
        client_id: String,
    },
}

/// A tool to register.
#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// What people call it
    name: String,
    /// Where codes may be sent, to the letter; more than one may be given
    #[arg(long = "redirect", required = true)]
    redirect: Vec<String>,
    /// Where people may be sent after signing out
    #[arg(long = "after")]
    after: Vec<String>,
    /// Where it hears that somebody is signed out (back-channel logout)
    #[arg(long, default_value = "")]
    logout: String,
    /// Its entry in the catalogue: the name in the address
    #[arg(long)]
    tool: Option<String>,
    /// Who may enter; without it, whoever may use the tool of the catalogue, else members
    #[arg(long)]
    door: Option<Who>,
    /// The circle that may enter, with --door circle
    #[arg(long)]
    circle: Option<String>,
    /// What it may ask for, beside who somebody is
    #[arg(long, value_delimiter = ',', default_value = "profile,email")]
    scopes: Vec<String>,
    /// It cannot keep a secret: an app, or a page in the browser
    #[arg(long)]
    public: bool,
    /// It knows each person by a name that no other tool knows
    #[arg(long)]
    pairwise: bool,
}

/// Who may enter.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Who {
    Everybody,
    Members,
    Operational,
    Users,
    Circle,
}

/// Does it.
pub(super) async fn run(config: &Config, command: Client) -> Result<(), Failure> {
    let db = open(config).await?;
    match command {
        Client::List => {
            let ahead = scim::overview(db.read()).await?;
            for client in store::list(db.read()).await? {
                let sent = ahead.iter().find(|one| one.target.client_id == client.client_id);
                let sent = sent.map(sent_ahead).unwrap_or_default();
                let closed = if client.disabled_at.is_some() { ", closed" } else { "" };
                println!(
                    "{:<24} {} ({}{closed}{sent})",
                    client.client_id,
                    client.name,
                    client.door.as_str()
                );
            }
        }
        Client::Rotate { client_id } => {
            let secret = store::rotate(&db, By::CommandLine, &client_id, clock::now()).await?;
            println!("The new secret of {client_id}, shown this once:\n{secret}");
        }
        Client::Add(new) => {
            let form = form(&db, *new).await?;
            let made = store::add(&db, By::CommandLine, &form, clock::now()).await?;
            let issuer = config.base_url();
            println!("issuer        {}", issuer.as_str().trim_end_matches('/'));
            println!("client id     {}", made.client_id);
            if let Some(secret) = made.secret {
                println!("client secret {secret}\nThe secret is shown this once.");
            }
        }
    }
    Ok(())
}

/// How it stands with accounts that are sent ahead.
fn sent_ahead(one: &Overview) -> String {
    if !one.target.active {
        return ", SCIM off".to_owned();
    }
    match trouble_with(one) {
        Some(trouble) => format!(", SCIM {trouble}"),
        None if one.counts.waiting > 0 => format!(", SCIM {} waiting", one.counts.waiting),
        None => format!(", SCIM {} people", one.counts.people),
    }
}

async fn form(db: &domain::db::Db, new: New) -> Result<ClientForm, Failure> {
    let tool = match &new.tool {
        Some(slug) => {
            let all = tools::store::list(db.read()).await?;
            let found = all.into_iter().find(|tool| tool.slug == *slug);
            Some(found.ok_or_else(|| format!("no tool of the catalogue is called {slug}"))?)
        }
        None => None,
    };
    let door = match (new.door, &new.circle) {
        (None, None) => tool.as_ref().map_or(Audience::Members, |tool| tool.audience),
        (None | Some(Who::Circle), Some(slug)) => {
            let circle = circles::store::by_slug(db.read(), slug).await?;
            Audience::Circle(circle.ok_or_else(|| format!("no circle is called {slug}"))?.id)
        }
        (Some(Who::Circle), None) => return Err("--door circle needs --circle NAME".into()),
        (Some(_), Some(_)) => return Err("--circle goes with --door circle".into()),
        (Some(Who::Everybody), None) => Audience::Everybody,
        (Some(Who::Members), None) => Audience::Members,
        (Some(Who::Operational), None) => Audience::Operational,
        (Some(Who::Users), None) => Audience::Users,
    };
    let scopes = new
        .scopes
        .iter()
        .filter(|name| *name != "openid" && !name.is_empty())
        .map(|name| Scope::read(name).ok_or_else(|| format!("unknown scope {name}")))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(ClientForm {
        name: new.name,
        tool: tool.map(|tool| tool.id),
        proof: if new.public { Proof::None } else { Proof::Secret },
        redirect_uris: new.redirect.join("\n"),
        post_logout_redirect_uris: new.after.join("\n"),
        backchannel_logout_uri: new.logout,
        scopes,
        pairwise: new.pairwise,
        door,
    })
}
