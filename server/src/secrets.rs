//! The key that seals secrets: from the configuration, or from a file that is made on the first start.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use domain::{
    db::Db,
    seal::{self, SealError, Sealer},
};
use secrecy::ExposeSecret;

use crate::{clock, config::Config};

/// Name of the file where no other was given.
const FILE: &str = "hub.key";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key file {0} (secrets.key_file): {1}")]
    File(PathBuf, std::io::Error),
    /// Others may read it.
    #[error("the key file {0} can be read by others: `chmod 600 {0}`")]
    Open(PathBuf),
    /// It holds no key.
    #[error("the key file {0} does not hold a key: it has to be 32 bytes in base64")]
    Unreadable(PathBuf),
    /// The database was sealed before, and the key is gone.
    #[error(
        "the database holds sealed secrets, and the key file {0} is not there: bring it back, or copy it from another node"
    )]
    Missing(PathBuf),
    /// The database was sealed with another key, or failed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// The sealer of this hub. Its key is noted in the database the first time, by fingerprint; a node that comes with another
/// key is told so before it does harm.
///
/// # Errors
/// Where there is no key, or not the one that the database was sealed with.
pub async fn open(config: &Config, db: &Db) -> Result<Sealer, KeyError> {
    let sealer = match &config.secrets.key {
        Some(key) => Sealer::from_text(key.expose_secret())?,
        None => {
            let file = key_file(config);
            match read(&file)? {
                Some(sealer) => sealer,
                None if seal::noted(db).await.map_err(SealError::from)?.is_some() => {
                    return Err(KeyError::Missing(file));
                }
                None => make(&file)?,
            }
        }
    };
    seal::agree(db, clock::now(), &sealer).await?;
    Ok(sealer)
}

/// Whether the key is there and fits the database, in words; nothing is made or written.
///
/// # Errors
/// What to do where it is not.
pub async fn look(config: &Config, db: &Db) -> Result<String, String> {
    let noted = seal::noted(db).await.map_err(|error| error.to_string())?;
    let (sealer, whence) = match &config.secrets.key {
        Some(key) => (
            Sealer::from_text(key.expose_secret()).map(Some),
            "secrets.key".to_owned(),
        ),
        None => {
            let file = key_file(config);
            let found = read(&file).map_err(|error| error.to_string())?;
            (Ok(found), file.display().to_string())
        }
    };
    match (sealer.map_err(|error| error.to_string())?, noted) {
        (None, None) => Ok(format!("the key will be made in {whence} on the first start")),
        (None, Some(_)) => Err(KeyError::Missing(key_file(config)).to_string()),
        (Some(sealer), Some(noted)) if noted != sealer.fingerprint() => Err(SealError::OtherKey.to_string()),
        (Some(_), _) => Ok(format!("sealed with the key in {whence}")),
    }
}

/// Where the key is kept: as set, else beside the SQLite file, else in the working folder.
pub fn key_file(config: &Config) -> PathBuf {
    if let Some(file) = &config.secrets.key_file {
        return file.clone();
    }
    let url = config.database.url.expose_secret();
    let beside = url
        .strip_prefix("sqlite:")
        .map(|rest| rest.trim_start_matches("//").split('?').next().unwrap_or_default())
        .and_then(|path| Path::new(path).parent());
    beside.unwrap_or_else(|| Path::new("")).join(FILE)
}

/// The key in a file; nothing where there is no file.
fn read(file: &Path) -> Result<Option<Sealer>, KeyError> {
    let failed = |error| KeyError::File(file.to_owned(), error);
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = fs::metadata(file).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(file.to_owned()));
    }
    Sealer::from_text(&text)
        .map(Some)
        .map_err(|_| KeyError::Unreadable(file.to_owned()))
}

/// Makes the file with a new key, for its owner alone. Where another process was quicker, its key is taken.
fn make(file: &Path) -> Result<Sealer, KeyError> {
    let failed = |error| KeyError::File(file.to_owned(), error);
    let key = Sealer::new_key();
    // Written beside and linked, so that nobody ever reads half a key.
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut draft| {
            draft.write_all(key.expose_secret().as_bytes())?;
            draft.sync_all()
        })
        .and_then(|()| match fs::hard_link(&draft, file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
    let _ = fs::remove_file(&draft);
    written.map_err(failed)?;
    tracing::info!(file = %file.display(), "made the key that seals secrets: keep a copy of it apart from the database");
    read(file)?.ok_or_else(|| KeyError::Missing(file.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn config(folder: &Path, more: &[(&str, &str)]) -> Config {
        let url = format!("sqlite://{}/hub.sqlite", folder.display());
        let mut settings = vec![("HUB_DATABASE__URL", url.as_str())];
        settings.extend(more);
        Config::load_with(Path::new("/nonexistent"), &settings).unwrap()
    }

    async fn db(config: &Config) -> Db {
        let db = Db::connect(config.database.url.expose_secret(), 2).await.unwrap();
        db.migrate().await.unwrap();
        db
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_is_made_once_and_guarded() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path(), &[]);
        let db = db(&config).await;
        assert!(
            look(&config, &db)
                .await
                .is_ok_and(|words| words.contains("will be made"))
        );
        let first = open(&config, &db).await.unwrap();
        assert!(look(&config, &db).await.is_ok_and(|words| words.contains("hub.key")));
        let file = folder.path().join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(open(&config, &db).await.unwrap().fingerprint(), first.fingerprint());
        assert_eq!(
            fs::read_dir(folder.path())
                .unwrap()
                .filter(|f| { f.as_ref().unwrap().file_name().to_string_lossy().contains("new") })
                .count(),
            0
        );

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(open(&config, &db).await, Err(KeyError::Open(_))));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

        fs::write(&file, "not a key").unwrap();
        assert!(matches!(open(&config, &db).await, Err(KeyError::Unreadable(_))));
        fs::remove_file(&file).unwrap();
        assert!(matches!(open(&config, &db).await, Err(KeyError::Missing(_))));
        assert!(
            look(&config, &db)
                .await
                .is_err_and(|words| words.contains("bring it back"))
        );
        assert!(!file.exists(), "a second key would lose what the first sealed");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_from_a_variable_wins_and_another_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (Sealer::new_key(), Sealer::new_key());
        let with = |key: &secrecy::SecretString| config(folder.path(), &[("HUB_SECRETS__KEY", key.expose_secret())]);
        let db = db(&with(&ours)).await;
        open(&with(&ours), &db).await.unwrap();
        assert!(!folder.path().join(FILE).exists());
        let refused = open(&with(&other), &db).await;
        assert!(matches!(refused, Err(KeyError::Seal(SealError::OtherKey))));
        assert!(look(&with(&other), &db).await.is_err());
        assert!(
            open(&config(folder.path(), &[("HUB_SECRETS__KEY", "short")]), &db)
                .await
                .is_err()
        );
    }

    #[test]
    fn the_file_stands_beside_the_database() {
        let file =
            |settings: &[(&str, &str)]| key_file(&Config::load_with(Path::new("/nonexistent"), settings).unwrap());
        assert_eq!(file(&[]), Path::new("hub.key"));
        assert_eq!(
            file(&[("HUB_DATABASE__URL", "sqlite:///var/lib/hub/hub.sqlite?x=1")]),
            Path::new("/var/lib/hub/hub.key")
        );
        assert_eq!(file(&[("HUB_DATABASE__URL", "postgres://h/n")]), Path::new("hub.key"));
        assert_eq!(
            file(&[("HUB_SECRETS__KEY_FILE", "/etc/hub/key")]),
            Path::new("/etc/hub/key")
        );
    }
}
