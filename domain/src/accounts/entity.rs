//! Rows, private to the stores of this area.

macro_rules! entity {
    ($name:ident, $table:literal, { $($(#[$attribute:meta])* $field:ident : $type:ty),+ $(,)? }) => {
        pub(super) mod $name {
            use sea_orm::entity::prelude::*;
            #[allow(unused_imports)]
            use chrono::{DateTime, Utc};

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub(crate) struct Model {
                $($(#[$attribute])* pub(crate) $field: $type,)+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub(crate) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(account, "accounts", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    locale: String,
    passkey_second: bool,
});

entity!(account_address, "account_addresses", {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    address: String,
    created_at: DateTime<Utc>,
    verified_at: Option<DateTime<Utc>>,
});

entity!(account_link, "account_links", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    purpose: String,
    account_id: Uuid,
    address: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
});

entity!(account_request, "account_requests", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    email: String,
    name: String,
    words: String,
    locale: String,
    created_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    decided_by: Option<Uuid>,
    accepted: Option<bool>,
});

entity!(account_passkey, "account_passkeys", {
    #[sea_orm(primary_key, auto_increment = false)]
    credential_id: String,
    account_id: Uuid,
    name: String,
    credential: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
});

entity!(account_totp, "account_totp", {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    sealed_seed: String,
    created_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    last_step: i64,
});

entity!(account_recovery_code, "account_recovery_codes", {
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    code_hash: String,
    used_at: Option<DateTime<Utc>>,
});

entity!(account_event, "account_events", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    account_id: Uuid,
    at: DateTime<Utc>,
    act: String,
    detail: String,
});

entity!(account_device, "account_devices", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    account_id: Uuid,
    user_agent: String,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
});

entity!(identity, "identities", {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    subject: String,
    member_id: Uuid,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    name: String,
    email: String,
    email_verified: bool,
});

entity!(provider_gift, "provider_gifts", {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    subject: String,
    #[sea_orm(primary_key, auto_increment = false)]
    kind: String,
    #[sea_orm(primary_key, auto_increment = false)]
    what: String,
    role: String,
    since: DateTime<Utc>,
});

entity!(logout_token_seen, "logout_tokens_seen", {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    jti: String,
    expires_at: DateTime<Utc>,
});

entity!(sign_on_token, "sign_on_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    provider: String,
    issuer: String,
    subject: String,
    refresh_token: String,
    due_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
});

entity!(browser_session, "browser_sessions", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    data: String,
    member_id: Option<Uuid>,
    user_agent: String,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    provider_sid: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    sid: Option<String>,
    sign_on_id: Option<Uuid>,
});

entity!(invitation, "invitations", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    email: String,
    operational: bool,
    user_member: bool,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    account_id: Option<Uuid>,
    name: String,
    origin: String,
    mailed: bool,
});

entity!(provider_key, "provider_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    kid: String,
    algorithm: String,
    private_key: String,
    created_at: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
    public_jwk: String,
    signs_from: Option<DateTime<Utc>>,
    signs_until: Option<DateTime<Utc>>,
});

entity!(provider_client, "provider_clients", {
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: String,
    sealed_secret: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    created_at: DateTime<Utc>,
    name: String,
    tool_id: Option<Uuid>,
    kind: String,
    auth_method: String,
    secret_hash: String,
    secret_at: Option<DateTime<Utc>>,
    old_secret_hash: String,
    old_secret_until: Option<DateTime<Utc>>,
    jwks: String,
    scopes: String,
    grant_types: String,
    id_token_algorithm: String,
    subject_type: String,
    sector: String,
    backchannel_logout_uri: String,
    backchannel_session_required: bool,
    frontchannel_logout_uri: String,
    frontchannel_session_required: bool,
    audience: String,
    asks_consent: bool,
    claims_in_id_token: bool,
    created_by: Option<Uuid>,
    disabled_at: Option<DateTime<Utc>>,
    registration_token_hash: String,
});

entity!(provider_assertion, "provider_assertions", {
    #[sea_orm(primary_key, auto_increment = false)]
    assertion_hash: String,
    expires_at: DateTime<Utc>,
});

entity!(provider_subject, "provider_subjects", {
    #[sea_orm(primary_key, auto_increment = false)]
    sector: String,
    #[sea_orm(primary_key, auto_increment = false)]
    account_id: Uuid,
    subject: String,
});

entity!(provider_session, "provider_sessions", {
    #[sea_orm(primary_key, auto_increment = false)]
    sid: String,
    account_id: Uuid,
    started_at: DateTime<Utc>,
    auth_time: DateTime<Utc>,
    amr: String,
    acr: String,
    user_agent: String,
    ended_at: Option<DateTime<Utc>>,
});

entity!(provider_session_client, "provider_session_clients", {
    #[sea_orm(primary_key, auto_increment = false)]
    sid: String,
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: String,
    subject: String,
    scopes: String,
    claims: String,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
});

entity!(authorization_code, "authorization_codes", {
    #[sea_orm(primary_key, auto_increment = false)]
    code_hash: String,
    client_id: String,
    account_id: Uuid,
    redirect_uri: String,
    scope: String,
    nonce: Option<String>,
    code_challenge: String,
    auth_time: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    family: Option<Uuid>,
    sid: Option<String>,
    acr: String,
    amr: String,
    claims: String,
});

entity!(access_token, "access_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    code_hash: String,
    client_id: String,
    account_id: Uuid,
    scope: String,
    expires_at: DateTime<Utc>,
    family: Option<Uuid>,
    sid: Option<String>,
    claims: String,
    issued_at: Option<DateTime<Utc>>,
});

entity!(refresh_token, "provider_refresh_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    family: Uuid,
    client_id: String,
    account_id: Uuid,
    sid: Option<String>,
    scope: String,
    claims: String,
    acr: String,
    amr: String,
    auth_time: DateTime<Utc>,
    issued_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    family_ends_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
});

entity!(device_code, "provider_device_codes", {
    #[sea_orm(primary_key, auto_increment = false)]
    device_code_hash: String,
    user_code_hash: String,
    client_id: String,
    scope: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    wait_seconds: i32,
    polled_at: Option<DateTime<Utc>>,
    state: String,
    account_id: Option<Uuid>,
    sid: Option<String>,
    acr: String,
    amr: String,
    auth_time: Option<DateTime<Utc>>,
});
