//! Where a handbook is read from: a folder, out of which nothing leads, or a list of files.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A picture or a page larger than this does not belong into the database.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Files of a handbook, by their path from its root, with `/` between folders.
pub(super) enum Source<'a> {
    /// A folder, by its real path.
    Folder(PathBuf),
    /// Files in memory.
    Files(BTreeMap<&'a str, &'a [u8]>),
}

/// Why a file cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not there, or it is a folder.
    Missing,
    /// A symbolic link leads out of the folder.
    Outside,
    /// More than 8 MB.
    TooLarge,
    /// The operating system says no.
    Refused,
}

impl Source<'_> {
    /// Opens a folder.
    pub(super) fn folder(path: &Path) -> io::Result<Self> {
        let real = path.canonicalize()?;
        if real.is_dir() {
            Ok(Self::Folder(real))
        } else {
            Err(io::Error::new(io::ErrorKind::NotADirectory, "not a folder"))
        }
    }

    /// Reads a file. `path` comes from [`super::links::resolve`], so it holds no dots; symbolic links are followed as
    /// long as they stay inside.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Unread> {
        match self {
            Self::Files(files) => files.get(path).map(|bytes| bytes.to_vec()).ok_or(Unread::Missing),
            Self::Folder(root) => {
                let real = real(root, path)?;
                let file = File::open(real).map_err(|_| Unread::Refused)?;
                let mut bytes = Vec::new();
                file.take(LARGEST + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|_| Unread::Refused)?;
                if bytes.len() as u64 > LARGEST {
                    return Err(Unread::TooLarge);
                }
                Ok(bytes)
            }
        }
    }

    /// Whether the file is there, without reading it.
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Self::Files(files) => files.contains_key(path),
            Self::Folder(root) => real(root, path).is_ok(),
        }
    }
}

/// The real path of a regular file below the root.
fn real(root: &Path, path: &str) -> Result<PathBuf, Unread> {
    if path.split('/').any(|part| part == "..") || path.contains('\0') {
        return Err(Unread::Outside);
    }
    let real = root.join(path).canonicalize().map_err(|_| Unread::Missing)?;
    if !real.starts_with(root) {
        return Err(Unread::Outside);
    }
    // A pipe or a device would keep the import waiting.
    if real.is_file() { Ok(real) } else { Err(Unread::Missing) }
}
