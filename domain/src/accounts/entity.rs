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
});

entity!(identity, "identities", {
    #[sea_orm(primary_key, auto_increment = false)]
    issuer: String,
    #[sea_orm(primary_key, auto_increment = false)]
    subject: String,
    member_id: Uuid,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
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
});

entity!(provider_key, "provider_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    kid: String,
    algorithm: String,
    private_pem: String,
    created_at: DateTime<Utc>,
    retired_at: Option<DateTime<Utc>>,
});

entity!(provider_client, "provider_clients", {
    #[sea_orm(primary_key, auto_increment = false)]
    client_id: String,
    client_secret: String,
    redirect_uris: String,
    post_logout_redirect_uris: String,
    created_at: DateTime<Utc>,
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
});

entity!(access_token, "access_tokens", {
    #[sea_orm(primary_key, auto_increment = false)]
    token_hash: String,
    code_hash: String,
    client_id: String,
    account_id: Uuid,
    scope: String,
    expires_at: DateTime<Utc>,
});
