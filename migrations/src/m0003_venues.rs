//! Venue spaces, series, sessions, bookings and assemblies, with the invariants that the database itself keeps:
//! no two sessions overlap in one space, seats never exceed capacity, one live booking per member and session.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

use crate::{both, only};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// The words by which a store recognises a broken invariant, on both databases.
const OVERLAP: &str = "sessions_do_not_overlap";
const CAPACITY: &str = "bookings_within_capacity";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        both(
            manager,
            &[
                "CREATE TABLE spaces (
                    id uuid PRIMARY KEY,
                    slug text NOT NULL UNIQUE,
                    name text NOT NULL,
                    kind text NOT NULL CHECK (kind IN
                        ('circle', 'standing_assembly', 'general_assembly', 'board', 'commons_hour', 'special')),
                    purpose text NOT NULL DEFAULT '',
                    audience text NOT NULL CHECK (audience IN ('everybody', 'members', 'operational', 'circle')),
                    circle_id uuid REFERENCES circles (id),
                    protocol text NOT NULL DEFAULT '',
                    protocol_version integer NOT NULL DEFAULT 1,
                    room_link text NOT NULL DEFAULT '',
                    time_zone text NOT NULL DEFAULT 'UTC',
                    position integer NOT NULL DEFAULT 0,
                    created_at timestamptz NOT NULL,
                    CHECK (audience <> 'circle' OR circle_id IS NOT NULL)
                )",
                "CREATE TABLE space_facilitators (
                    space_id uuid NOT NULL REFERENCES spaces (id),
                    member_id uuid NOT NULL REFERENCES members (id),
                    PRIMARY KEY (space_id, member_id)
                )",
                "CREATE INDEX space_facilitators_by_member ON space_facilitators (member_id)",
                // `starts_local` is the wall time of the first occurrence in `time_zone` (UTC among the zones).
                "CREATE TABLE series (
                    id uuid PRIMARY KEY,
                    space_id uuid NOT NULL REFERENCES spaces (id),
                    title text NOT NULL,
                    summary text NOT NULL DEFAULT '',
                    rrule text NOT NULL,
                    starts_local text NOT NULL,
                    time_zone text NOT NULL,
                    parts text NOT NULL,
                    capacity integer CHECK (capacity > 0),
                    first_number integer NOT NULL DEFAULT 1,
                    created_at timestamptz NOT NULL
                )",
                "CREATE INDEX series_by_space ON series (space_id)",
                // `original_start` is what the rule gave; a moved session keeps it. `parts` is JSON: [{kind, minutes}].
                "CREATE TABLE sessions (
                    id uuid PRIMARY KEY,
                    space_id uuid NOT NULL REFERENCES spaces (id),
                    series_id uuid REFERENCES series (id),
                    original_start timestamptz,
                    number integer,
                    title text NOT NULL,
                    summary text NOT NULL DEFAULT '',
                    phase text NOT NULL DEFAULT '',
                    languages text NOT NULL DEFAULT '[]',
                    handbook_path text NOT NULL DEFAULT '',
                    state text NOT NULL CHECK (state IN ('scheduled', 'open', 'closed', 'skipped', 'cancelled')),
                    reason text NOT NULL DEFAULT '',
                    starts_at timestamptz NOT NULL,
                    ends_at timestamptz NOT NULL,
                    parts text NOT NULL,
                    capacity integer CHECK (capacity > 0),
                    opened_at timestamptz,
                    closed_at timestamptz,
                    sequence integer NOT NULL DEFAULT 0,
                    revision bigint NOT NULL DEFAULT 0,
                    created_by uuid REFERENCES members (id),
                    created_at timestamptz NOT NULL,
                    updated_at timestamptz NOT NULL,
                    CHECK (starts_at < ends_at),
                    UNIQUE (series_id, original_start)
                )",
                "CREATE INDEX sessions_by_start ON sessions (starts_at)",
                "CREATE INDEX sessions_by_space ON sessions (space_id, starts_at)",
                "CREATE INDEX sessions_open ON sessions (state, starts_at)",
                "CREATE TABLE session_leads (
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    member_id uuid NOT NULL REFERENCES members (id),
                    position integer NOT NULL DEFAULT 0,
                    PRIMARY KEY (session_id, member_id)
                )",
                // `place` orders the queue: rising within a session, never used twice.
                "CREATE TABLE bookings (
                    id uuid PRIMARY KEY,
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    member_id uuid NOT NULL REFERENCES members (id),
                    state text NOT NULL CHECK (state IN ('confirmed', 'waiting', 'cancelled')),
                    place bigint NOT NULL,
                    booked_at timestamptz NOT NULL,
                    promoted_at timestamptz,
                    cancelled_at timestamptz,
                    UNIQUE (session_id, place)
                )",
                "CREATE UNIQUE INDEX bookings_one_live ON bookings (session_id, member_id) WHERE state <> 'cancelled'",
                "CREATE INDEX bookings_by_member ON bookings (member_id, state)",
                "CREATE INDEX bookings_by_session ON bookings (session_id, state, place)",
                "CREATE TABLE agenda_items (
                    id uuid PRIMARY KEY,
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    position integer NOT NULL,
                    title text NOT NULL,
                    minutes integer NOT NULL CHECK (minutes > 0),
                    notes text NOT NULL DEFAULT '',
                    started_at timestamptz,
                    ended_at timestamptz,
                    UNIQUE (session_id, position)
                )",
                "CREATE TABLE session_roles (
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    role text NOT NULL CHECK (role IN ('facilitator', 'note_taker', 'time_keeper', 'care')),
                    member_id uuid NOT NULL REFERENCES members (id),
                    taken_at timestamptz NOT NULL,
                    PRIMARY KEY (session_id, role)
                )",
                "CREATE TABLE attendance (
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    member_id uuid NOT NULL REFERENCES members (id),
                    protocol_version integer NOT NULL,
                    entered_at timestamptz NOT NULL,
                    left_at timestamptz,
                    PRIMARY KEY (session_id, member_id)
                )",
                "CREATE INDEX attendance_by_member ON attendance (member_id)",
                "CREATE TABLE minutes_entries (
                    id uuid PRIMARY KEY,
                    session_id uuid NOT NULL REFERENCES sessions (id),
                    agenda_item_id uuid REFERENCES agenda_items (id),
                    kind text NOT NULL CHECK (kind IN ('decision', 'action', 'note')),
                    text text NOT NULL,
                    owner_id uuid REFERENCES members (id),
                    due_on text,
                    noted_by uuid NOT NULL REFERENCES members (id),
                    noted_at timestamptz NOT NULL
                )",
                "CREATE INDEX minutes_entries_by_session ON minutes_entries (session_id, noted_at)",
            ],
        )
        .await?;

        only(
            manager,
            DatabaseBackend::Postgres,
            &[
                "CREATE EXTENSION IF NOT EXISTS btree_gist",
                &format!(
                    "ALTER TABLE sessions ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist
                        (space_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
                        WHERE (state NOT IN ('skipped', 'cancelled'))"
                ),
                // The row of the session is locked, so that two confirmations of one session follow one another.
                &format!(
                    "CREATE FUNCTION bookings_check_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
                    DECLARE seats integer;
                    BEGIN
                        IF NEW.state <> 'confirmed' THEN RETURN NEW; END IF;
                        SELECT capacity INTO seats FROM sessions WHERE id = NEW.session_id FOR UPDATE;
                        IF seats IS NOT NULL AND (SELECT count(*) FROM bookings
                            WHERE session_id = NEW.session_id AND state = 'confirmed' AND id <> NEW.id) >= seats THEN
                            RAISE EXCEPTION '{CAPACITY}' USING ERRCODE = 'check_violation';
                        END IF;
                        RETURN NEW;
                    END $$"
                ),
                "CREATE TRIGGER bookings_check_capacity BEFORE INSERT OR UPDATE OF state ON bookings
                    FOR EACH ROW EXECUTE FUNCTION bookings_check_capacity()",
            ],
        )
        .await?;

        for (name, event) in [
            ("insert", "INSERT"),
            ("update", "UPDATE OF space_id, starts_at, ends_at, state"),
        ] {
            only(
                manager,
                DatabaseBackend::Sqlite,
                &[&format!(
                    "CREATE TRIGGER sessions_overlap_{name} BEFORE {event} ON sessions
                    WHEN NEW.state NOT IN ('skipped', 'cancelled')
                    BEGIN
                        SELECT RAISE(ABORT, '{OVERLAP}') WHERE EXISTS (SELECT 1 FROM sessions
                            WHERE space_id = NEW.space_id AND id <> NEW.id
                            AND state NOT IN ('skipped', 'cancelled')
                            AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at);
                    END"
                )],
            )
            .await?;
        }
        for (name, event) in [("insert", "INSERT"), ("update", "UPDATE OF state")] {
            only(
                manager,
                DatabaseBackend::Sqlite,
                &[&format!(
                    "CREATE TRIGGER bookings_capacity_{name} BEFORE {event} ON bookings
                    WHEN NEW.state = 'confirmed'
                    BEGIN
                        SELECT RAISE(ABORT, '{CAPACITY}') WHERE
                            (SELECT count(*) FROM bookings WHERE session_id = NEW.session_id
                                AND state = 'confirmed' AND id <> NEW.id)
                            >= (SELECT capacity FROM sessions WHERE id = NEW.session_id);
                    END"
                )],
            )
            .await?;
        }
        Ok(())
    }
}
