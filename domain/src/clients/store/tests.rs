//! Tools of the shared sign-on, on both databases.
#![allow(clippy::unwrap_used)]

mod by_provider;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::{
    AccountId, CircleId,
    access::{Audience, Denied},
    accounts::{self, BUILT_IN_ISSUER, identities},
    circles::CircleRole,
    clients::{
        access::{self, AccessError},
        consents,
        ending::{self, Reason},
        notices::{self, Notice, State},
        registration, session_map,
    },
    testing::{self, at, make_member, on_each_database},
};

fn steward() -> Actor {
    let mut steward = testing::member("ada");
    steward.steward = true;
    Actor::Member(Box::new(steward))
}

fn form(name: &str) -> ClientForm {
    ClientForm {
        name: name.into(),
        tool: None,
        proof: Proof::Secret,
        redirect_uris: format!("https://{}.example.org/cb", name.to_lowercase()),
        post_logout_redirect_uris: String::new(),
        backchannel_logout_uri: format!("https://{}.example.org/logout", name.to_lowercase()),
        scopes: vec![Scope::Profile, Scope::Groups],
        pairwise: false,
        door: Audience::Members,
    }
}

async fn run(db: &Db, text: &str, values: Vec<sea_orm::Value>) {
    let tx = db.begin().await.unwrap();
    tx.execute_raw(sql(&tx, text, values)).await.unwrap();
    tx.commit().await.unwrap();
}

/// A member with an account who is signed in to these tools in one browser.
async fn signed_in(db: &Db, handle: &str, sid: &str, tools: &[&str]) -> (MemberId, AccountId) {
    let now = at(2026, 11, 23, 9, 0);
    let member = make_member(db, handle).await;
    let tx = db.begin().await.unwrap();
    let account = accounts::store::insert_account(&tx, now, &format!("{handle}@example.org"), handle, "")
        .await
        .unwrap();
    identities::link(&tx, now, BUILT_IN_ISSUER, &account.id.to_string(), member)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    run(
        db,
        "INSERT INTO provider_sessions (sid, account_id, started_at, auth_time) VALUES ($1, $2, $3, $3)",
        vec![sid.into(), account.id.0.into(), now.into()],
    )
    .await;
    run(
        db,
        "INSERT INTO browser_sessions (id, data, member_id, created_at, last_seen_at, expires_at, provider_sid)
         VALUES ($1, '{}', $2, $3, $3, $4, $1)",
        vec![
            sid.into(),
            member.0.into(),
            now.into(),
            (now + TimeDelta::days(1)).into(),
        ],
    )
    .await;
    for tool in tools {
        run(
            db,
            "INSERT INTO provider_session_clients (sid, client_id, subject, scopes, claims, first_at, last_at)
             VALUES ($1, $2, $3, 'openid profile', 'name email', $4, $4)",
            vec![sid.into(), (*tool).into(), account.id.to_string().into(), now.into()],
        )
        .await;
        run(
            db,
            "INSERT INTO provider_refresh_tokens (token_hash, family, client_id, account_id, sid, scope, auth_time,
                issued_at, expires_at, family_ends_at) VALUES ($1, $2, $3, $4, $5, 'openid', $6, $6, $7, $7)",
            vec![
                format!("{sid}-{tool}").into(),
                Uuid::now_v7().into(),
                (*tool).into(),
                account.id.0.into(),
                sid.into(),
                now.into(),
                (now + TimeDelta::days(30)).into(),
            ],
        )
        .await;
    }
    (member, account.id)
}

async fn number(db: &Db, text: &str) -> i64 {
    db.read()
        .query_one_raw(sql(db.read(), text, []))
        .await
        .unwrap()
        .unwrap()
        .try_get("", "n")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_registers_a_tool_and_its_secret_is_shown_once() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let nobody = Actor::Member(Box::new(testing::member("bo")));
        let refused = add(&db, By::Person(&nobody), &form("Files"), now).await;
        assert!(matches!(refused, Err(ClientError::Denied(Denied::StewardsOnly))));

        let made = add(&db, By::CommandLine, &form("Files"), now).await.unwrap();
        assert_eq!(made.client_id, "files");
        let secret = made.secret.unwrap();
        let kept = accounts::provider::client(db.read(), "files").await.unwrap().unwrap();
        assert!(kept.secret_fits(&secret, now) && kept.asks_consent);
        assert_eq!(kept.redirect_uris, ["https://files.example.org/cb"]);
        assert_eq!(kept.scopes, ["openid", "profile", "groups"]);
        assert_eq!(kept.audience, Audience::Members);

        let second = add(&db, By::CommandLine, &form("Files"), now).await.unwrap();
        assert_eq!(second.client_id, "files-2");

        let new = rotate(&db, By::CommandLine, "files", now).await.unwrap();
        let kept = accounts::provider::client(db.read(), "files").await.unwrap().unwrap();
        assert!(kept.secret_fits(&new, now) && kept.secret_fits(&secret, now));
        assert!(
            !kept.secret_fits(&secret, now + OLD_SECRET),
            "the old one opens for an hour"
        );

        let open = ClientForm {
            door: Audience::Users,
            proof: Proof::Secret,
            ..form("Files")
        };
        change(&db, By::CommandLine, "files", &open, now).await.unwrap();
        assert_eq!(get(db.read(), "files").await.unwrap().unwrap().door, Audience::Users);
        let circle = ClientForm {
            door: Audience::Circle(CircleId::generate()),
            ..form("Files")
        };
        let unknown = change(&db, By::CommandLine, "files", &circle, now).await;
        assert!(matches!(unknown, Err(ClientError::CircleUnknown)));
        assert!(matches!(
            rotate(&db, By::CommandLine, "hub", now).await,
            Err(ClientError::Own)
        ));
        assert_eq!(list(db.read()).await.unwrap().len(), 2);
        assert_eq!(
            number(&db, "SELECT COUNT(*) AS n FROM audit_log WHERE act LIKE 'client.%'").await,
            4
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_grows_and_is_taken_back_with_all_that_it_gave() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        add(&db, By::CommandLine, &form("Files"), now).await.unwrap();
        let (member, account) = signed_in(&db, "bo", "s1", &["files"]).await;
        assert_eq!(consents::allowed(db.read(), account, "files").await.unwrap(), None);
        consents::give(&db, now, account, "files", &[Scope::Profile])
            .await
            .unwrap();
        consents::give(&db, now, account, "files", &[Scope::Groups])
            .await
            .unwrap();
        let allowed = consents::allowed(db.read(), account, "files").await.unwrap();
        assert_eq!(allowed, Some(vec![Scope::Profile, Scope::Groups]));
        assert_eq!(consents::of_account(db.read(), account).await.unwrap()[0].name, "Files");

        consents::withdraw(&db, now, Some(member), account, "files")
            .await
            .unwrap();
        assert_eq!(consents::allowed(db.read(), account, "files").await.unwrap(), None);
        assert_eq!(
            number(
                &db,
                "SELECT COUNT(*) AS n FROM provider_refresh_tokens WHERE revoked_at IS NULL"
            )
            .await,
            0
        );
        let again = consents::withdraw(&db, now, Some(member), account, "files").await;
        assert!(matches!(again, Err(ClientError::NotFound)));
        consents::give(&db, now, account, "files", &[Scope::Profile])
            .await
            .unwrap();
        let allowed = consents::allowed(db.read(), account, "files").await.unwrap();
        assert_eq!(
            allowed,
            Some(vec![Scope::Profile]),
            "what was taken back does not come back"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_map_shows_tools_and_signs_out_of_one_or_all() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        for name in ["Files", "Forum", "Pads"] {
            add(&db, By::CommandLine, &form(name), now).await.unwrap();
        }
        let (_, account) = signed_in(&db, "bo", "s1", &["files", "forum", "pads"]).await;
        let (_, other) = signed_in(&db, "cy", "s2", &["files"]).await;
        let map = session_map::of_account(db.read(), account).await.unwrap();
        assert_eq!(
            map.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
            ["Files", "Forum", "Pads"]
        );
        assert!(map[0].hears && map[0].claims == "name email");

        let stolen = ending::leave_tool(&db, now, other, "s1", "files", Reason::SignedOut)
            .await
            .unwrap();
        assert!(!stolen, "nobody signs another out");
        assert!(
            ending::leave_tool(&db, now, account, "s1", "files", Reason::SignedOut)
                .await
                .unwrap()
        );
        assert!(
            !ending::leave_tool(&db, now, account, "s1", "files", Reason::SignedOut)
                .await
                .unwrap(),
            "once"
        );
        assert_eq!(session_map::of_account(db.read(), account).await.unwrap().len(), 2);
        assert_eq!(
            ending::leave_tools(&db, now, account, None, Reason::SignedOut)
                .await
                .unwrap(),
            2
        );
        assert!(session_map::of_account(db.read(), account).await.unwrap().is_empty());
        assert_eq!(session_map::of_account(db.read(), other).await.unwrap().len(), 1);
        assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM logout_notices").await, 3);
        assert_eq!(
            number(&db, "SELECT COUNT(*) AS n FROM outbox WHERE kind = 'logout_token'").await,
            3
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_gone_ends_its_tools_at_the_second_look() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        add(&db, By::CommandLine, &form("Files"), now).await.unwrap();
        let (_, account) = signed_in(&db, "bo", "s1", &["files"]).await;
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0);
        run(&db, "DELETE FROM browser_sessions", vec![]).await;
        assert_eq!(
            ending::settle(&db, now).await.unwrap(),
            0,
            "it may be changing its cookie"
        );
        let later = now + TimeDelta::seconds(30);
        assert_eq!(ending::settle(&db, later).await.unwrap(), 1);
        assert_eq!(ending::settle(&db, later).await.unwrap(), 0, "told once");
        assert!(session_map::of_account(db.read(), account).await.unwrap().is_empty());
        let reason = number(
            &db,
            "SELECT COUNT(*) AS n FROM logout_notices WHERE reason = 'session_over'",
        )
        .await;
        assert_eq!(reason, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_no_longer_enter_is_signed_out_of_that_tool_alone() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let tech = CircleId::generate();
        run(
            &db,
            "INSERT INTO circles (id, slug, name, created_at) VALUES ($1, 'tech', 'Tech', $2)",
            vec![tech.0.into(), now.into()],
        )
        .await;
        let inner = ClientForm {
            door: Audience::Circle(tech),
            ..form("Files")
        };
        add(&db, By::CommandLine, &inner, now).await.unwrap();
        add(&db, By::CommandLine, &form("Forum"), now).await.unwrap();
        let (member, account) = signed_in(&db, "bo", "s1", &["files", "forum"]).await;
        run(
            &db,
            "INSERT INTO circle_members (circle_id, member_id, role, since) VALUES ($1, $2, $3, $4)",
            vec![
                tech.0.into(),
                member.0.into(),
                CircleRole::Member.as_str().into(),
                now.into(),
            ],
        )
        .await;
        assert_eq!(ending::settle(&db, now).await.unwrap(), 0);
        run(&db, "DELETE FROM circle_members", vec![]).await;
        assert_eq!(ending::settle(&db, now).await.unwrap(), 1, "a circle that was left");
        let map = session_map::of_account(db.read(), account).await.unwrap();
        assert_eq!(
            map.iter().map(|one| one.client_id.as_str()).collect::<Vec<_>>(),
            ["forum"]
        );
        run(
            &db,
            "UPDATE members SET standing = 'lapsed' WHERE id = $1",
            vec![member.0.into()],
        )
        .await;
        assert_eq!(ending::settle(&db, now).await.unwrap(), 1, "a standing that changed");
        assert_eq!(
            number(
                &db,
                "SELECT COUNT(*) AS n FROM provider_refresh_tokens WHERE revoked_at IS NULL"
            )
            .await,
            0
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_steward_ends_access_and_sees_which_tools_follow() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        add(&db, By::CommandLine, &form("Files"), now).await.unwrap();
        let deaf = ClientForm {
            backchannel_logout_uri: String::new(),
            ..form("Pads")
        };
        add(&db, By::CommandLine, &deaf, now).await.unwrap();
        let ada = make_member(&db, "ada").await;
        run(
            &db,
            "UPDATE members SET steward = TRUE WHERE id = $1",
            vec![ada.0.into()],
        )
        .await;
        let (bo, account) = signed_in(&db, "bo", "s1", &["files", "pads"]).await;
        let mut acting = testing::member("ada");
        acting.id = ada;
        acting.steward = true;
        let actor = Actor::Member(Box::new(acting));

        let own = access::end(&db, &actor, "ada", "tired", now).await;
        assert!(
            matches!(own, Err(AccessError::Client(ClientError::OwnAccess))),
            "{own:?}"
        );
        let silent = access::end(&db, &actor, "bo", " ", now).await;
        assert!(matches!(silent, Err(AccessError::Client(ClientError::ReasonMissing))));
        let last = access::end(&db, &steward(), "ada", "a coup", now).await;
        assert!(matches!(last, Err(AccessError::Client(ClientError::LastSteward))));

        access::end(&db, &actor, "bo", "asked to leave", now).await.unwrap();
        let again = access::end(&db, &actor, "bo", "once more", now).await;
        assert!(matches!(again, Err(AccessError::Client(ClientError::AlreadyEnded))));
        assert!(
            accounts::store::open_account(db.read(), account)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(number(&db, "SELECT COUNT(*) AS n FROM browser_sessions").await, 0);
        assert_eq!(
            number(
                &db,
                "SELECT COUNT(*) AS n FROM audit_log WHERE act = 'member.end_access'"
            )
            .await,
            1
        );

        let ended = access::last(db.read(), bo).await.unwrap().unwrap();
        let told = notices::of_ending(db.read(), ended.id).await.unwrap();
        assert_eq!(
            told.iter().map(Notice::state).collect::<Vec<_>>(),
            [State::UnderWay, State::ForAHuman]
        );
        assert!(
            told.iter().all(|notice| notice.sid.is_empty()),
            "all their sessions, not one"
        );
        for _ in 0..5 {
            notices::failed(&db, told[0].id, "nobody there").await.unwrap();
        }
        let silent = notices::get(db.read(), told[0].id).await.unwrap().unwrap();
        assert_eq!(silent.state(), State::ForAHuman, "a tool that stays silent");
        notices::confirmed(&db, now, told[0].id).await.unwrap();
        notices::by_hand(&db, &actor, told[1].id, now).await.unwrap();
        let told = notices::of_ending(db.read(), ended.id).await.unwrap();
        assert_eq!(
            told.iter().map(Notice::state).collect::<Vec<_>>(),
            [State::Confirmed, State::ByHand]
        );
        assert_eq!(
            ending::settle(&db, now + TimeDelta::minutes(5)).await.unwrap(),
            0,
            "nothing is told twice"
        );

        access::restore(&db, &actor, "bo", now).await.unwrap();
        assert!(
            accounts::store::open_account(db.read(), account)
                .await
                .unwrap()
                .is_some()
        );
        let twice = access::restore(&db, &actor, "bo", now).await;
        assert!(matches!(twice, Err(AccessError::Client(ClientError::NotEnded))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_register_themselves_as_often_as_their_token_is_good() {
    on_each_database(|db| async move {
        let now = at(2026, 11, 23, 9, 0);
        let new = || registration::Registration {
            form: form("Wiki"),
            auth_method: "client_secret_post".into(),
        };
        let token = registration::make_token(&db, By::CommandLine, "Wiki", Audience::Operational, 1, now)
            .await
            .unwrap();
        let wrong = registration::register(&db, now, "wrong", new()).await;
        assert!(matches!(wrong, Err(ClientError::TokenRefused)));
        let late = registration::register(&db, now + registration::TOKEN_VALID, &token, new()).await;
        assert!(matches!(late, Err(ClientError::TokenRefused)));

        let made = registration::register(&db, now, &token, new()).await.unwrap();
        let again = registration::register(&db, now, &token, new()).await;
        assert!(matches!(again, Err(ClientError::TokenRefused)), "good for one");
        let id = made.client.client_id.as_str();
        assert!(registration::own(db.read(), id, "wrong").await.unwrap().is_none());
        let (client, method) = registration::own(db.read(), id, &made.registration_token)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (client.door, method.as_str()),
            (Audience::Operational, "client_secret_post")
        );

        let mut greedy = new();
        greedy.form.name = "Our wiki".into();
        greedy.form.door = Audience::Everybody;
        greedy.form.scopes = vec![Scope::Profile, Scope::Email];
        registration::rewrite(&db, now, &client, &greedy).await.unwrap();
        let client = get(db.read(), id).await.unwrap().unwrap();
        assert_eq!((client.name.as_str(), client.door), ("Our wiki", Audience::Operational));
        assert_eq!(client.scopes, [Scope::Profile], "no more than it had");

        registration::withdraw(&db, now, id).await.unwrap();
        assert!(
            registration::own(db.read(), id, &made.registration_token)
                .await
                .unwrap()
                .is_none()
        );
        assert!(get(db.read(), id).await.unwrap().unwrap().disabled_at.is_some());
    })
    .await;
}
