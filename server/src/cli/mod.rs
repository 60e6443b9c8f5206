//! The command line.

mod doctor;
mod serve;
mod sso;
mod sso_client;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use domain::{accounts::invitations, db::Db, members::Class};
use secrecy::ExposeSecret;

use crate::{
    clock,
    config::Config,
    demo::{self, DemoError},
    outbox, secrets,
    state::{AppState, Shutdown},
};

/// Why a command could not do its work.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A hub for a commons: members, spaces, sessions, assemblies, handbook and tools.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    /// Where the settings are; a missing file means the defaults.
    #[arg(long, global = true, env = "HUB_CONFIG", default_value = "hub.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the hub until told to stop
    Serve,
    /// Bring the database up to date
    Migrate,
    /// Fill an empty database with an invented community
    Demo {
        /// Do nothing where the database is not empty, instead of refusing
        #[arg(long)]
        if_empty: bool,
    },
    /// Invite people and change what they may do
    #[command(subcommand)]
    Member(Member),
    /// Look after the shared sign-on
    #[command(subcommand)]
    Sso(sso::Sso),
    /// Fill the handbook
    #[command(subcommand)]
    Handbook(Handbook),
    /// Look whether everything that the hub needs is there, and say what to do where it is not
    Doctor,
    /// Show what can be configured
    #[command(subcommand)]
    Config(Settings),
}

#[derive(Debug, Subcommand)]
enum Member {
    /// Send a letter by which one person can make an account; without a mail server, print its link
    Invite {
        /// Whom the invitation is for
        email: String,
        /// Print the link, to hand it over yourself, instead of sending a letter
        #[arg(long)]
        print: bool,
    },
    /// Make a member a steward of the hub
    Promote {
        /// The handle of the member
        handle: String,
    },
}

#[derive(Debug, Subcommand)]
enum Handbook {
    /// Read a folder of Markdown with a SUMMARY.md into the handbook
    Import {
        /// The folder
        path: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Settings {
    /// Print hub.example.toml
    Example,
}

impl Cli {
    /// Does what the command line says.
    ///
    /// # Errors
    /// Where the command cannot do its work; the words are for the person who typed it.
    pub async fn run(self) -> Result<(), Failure> {
        if let Command::Config(Settings::Example) = self.command {
            print!("{}", Config::example());
            return Ok(());
        }
        let config = Config::load(&self.config)?;
        match self.command {
            Command::Serve => serve::serve(config).await,
            Command::Migrate => {
                open(&config).await?;
                println!("The database is up to date.");
                Ok(())
            }
            Command::Demo { if_empty } => demo(&config, if_empty).await,
            Command::Member(Member::Invite { email, print }) => invite(config, &email, print).await,
            Command::Member(Member::Promote { handle }) => promote(&config, &handle).await,
            Command::Sso(command) => sso::run(&config, command).await,
            Command::Handbook(Handbook::Import { path }) => import(&config, &path).await,
            Command::Doctor => doctor::doctor(&config).await,
            Command::Config(Settings::Example) => Ok(()),
        }
    }
}

/// Connects to the database and brings it up to date.
async fn open(config: &Config) -> Result<Db, Failure> {
    let db = connect(config).await?;
    db.migrate()
        .await
        .map_err(|error| format!("the migrations failed: {error}"))?;
    Ok(db)
}

async fn connect(config: &Config) -> Result<Db, Failure> {
    let db = Db::connect(config.database.url.expose_secret(), config.database.connections).await;
    // The error of the driver may repeat the address, but never the password.
    Ok(db.map_err(|error| format!("the database of database.url does not open: {error}"))?)
}

async fn demo(config: &Config, if_empty: bool) -> Result<(), Failure> {
    let db = open(config).await?;
    match demo::fill(&db, clock::now()).await {
        Ok(filled) => println!(
            "Alder Commons has moved in: {} people in {} organisations, {} circles, {} spaces, {} sessions, {} tools, {} pages.",
            filled.people,
            filled.organisations,
            filled.circles,
            filled.spaces,
            filled.sessions,
            filled.tools,
            filled.pages
        ),
        Err(DemoError::NotEmpty) if if_empty => {}
        Err(error) => return Err(error.into()),
    }
    println!("Sign in at {} with the password {}:", config.base_url(), demo::PASSWORD);
    for person in demo::SIGN_INS {
        println!("  {:<22} {}", person.email, person.who);
    }
    Ok(())
}

async fn invite(config: Config, email: &str, print: bool) -> Result<(), Failure> {
    let db = open(&config).await?;
    let (now, class) = (clock::now(), Class::default());
    if print || config.mail.url.is_none() {
        let link = invitations::invite_by_hand(&db, now, config.base_url().as_str(), email, class).await?;
        println!("Hand this link to {email}. It makes one account and is good for two weeks:\n{link}");
        return Ok(());
    }
    invitations::invite(&db, now, None, email, class, "").await?;
    let sealer = secrets::open(&config, &db).await?;
    let state = AppState::new(config, db, sealer, Shutdown::never())?;
    outbox::drain(&state).await;
    if domain::outbox::lag(state.db().read()).await?.waiting == 0 {
        println!("The invitation to {email} is on its way. It is good for two weeks.");
    } else {
        println!(
            "The mail server does not take the invitation to {email} at present. A running hub tries again by itself."
        );
    }
    Ok(())
}

async fn promote(config: &Config, handle: &str) -> Result<(), Failure> {
    let db = open(config).await?;
    let member = domain::members::store::promote(&db, None, handle, true, clock::now()).await?;
    println!("{} is a steward of the hub now.", member.name);
    Ok(())
}

async fn import(config: &Config, path: &Path) -> Result<(), Failure> {
    let handbook = domain::handbook::import::from_folder(path)?;
    let db = open(config).await?;
    for warning in handbook.warnings() {
        eprintln!("{warning}");
    }
    let report = domain::handbook::store::replace(&db, handbook, None, clock::now()).await?;
    println!(
        "The handbook has {} pages and {} files now.",
        report.pages, report.files
    );
    Ok(())
}
