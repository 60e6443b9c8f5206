//! The schema of the hub, one file per step. Steps only go forward and keep data.
//!
//! Statements are written in the SQL that SQLite and PostgreSQL share (SQLite takes any type name); where they differ,
//! a step says so with [`both`] or [`only`]. Instants are `timestamptz` in UTC, keys are `uuid` (version 7).

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DatabaseBackend},
};

mod m0001_members;
mod m0002_sign_on;
mod m0003_venues;
mod m0004_media_and_tools;
mod m0005_provider;
mod m0007_account_security;
mod m0008_tools_sign_on;
mod m0009_accounts;
mod m0010_identities;
mod m0011_scim;

/// Runs every step that a database has not had yet.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_members::Migration),
            Box::new(m0002_sign_on::Migration),
            Box::new(m0003_venues::Migration),
            Box::new(m0004_media_and_tools::Migration),
            Box::new(m0005_provider::Migration),
            Box::new(m0007_account_security::Migration),
            Box::new(m0008_tools_sign_on::Migration),
            Box::new(m0009_accounts::Migration),
            Box::new(m0010_identities::Migration),
            Box::new(m0011_scim::Migration),
        ]
    }
}

/// Runs statements that both databases understand.
async fn both(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Runs statements on one kind of database only.
async fn only(manager: &SchemaManager<'_>, backend: DatabaseBackend, statements: &[&str]) -> Result<(), DbErr> {
    if manager.get_database_backend() == backend {
        both(manager, statements).await?;
    }
    Ok(())
}
