//! What tools can learn of a person: claims by scope, read from the records as they are now.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    AccountId, MemberId,
    access::{ActingMember, Actor},
    accounts::{Account, BUILT_IN_ISSUER, addresses, entity::identity, identities, store},
    circles::CircleRole,
    members::{self, Member, Standing, Ties, entity::members as member_rows},
};

/// What a client may ask for.
pub const SCOPES: [&str; 6] = ["openid", "profile", "email", "groups", "membership", "offline_access"];

/// Claims and the scope that each belongs to.
pub const CLAIMS: [(&str, &str); 11] = [
    ("name", "profile"),
    ("nickname", "profile"),
    ("preferred_username", "profile"),
    ("profile", "profile"),
    ("website", "profile"),
    ("zoneinfo", "profile"),
    ("locale", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("groups", "groups"),
    ("membership", "membership"),
];

/// How many people are looked up in one query: databases take only so many values.
const AT_ONCE: usize = 500;

/// A person as the provider knows them.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Their account.
    pub account: Account,
    /// Whether they have shown that its main address is theirs.
    pub email_verified: bool,
    /// Their record in the directory; none until they come to the hub itself.
    pub member: Option<Member>,
    /// Their circles and organisations.
    pub ties: Ties,
}

/// What is known of an account now; nothing where it is closed.
pub async fn facts(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Facts>, DbErr> {
    Ok(facts_of(db, &[account]).await?.remove(&account))
}

/// What is known of many accounts now, in a few queries for each [`AT_ONCE`] of them; closed ones are left out.
pub async fn facts_of(db: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<HashMap<AccountId, Facts>, DbErr> {
    let mut known = HashMap::with_capacity(accounts.len());
    for some in accounts.chunks(AT_ONCE) {
        let open = store::open_accounts(db, some).await?;
        let subjects: Vec<String> = open.iter().map(|account| account.id.to_string()).collect();
        let of_subject = identities::find_many(db, BUILT_IN_ISSUER, &subjects).await?;
        let ids: Vec<MemberId> = of_subject.values().copied().collect();
        let members = members::store::get_many(db, &ids).await?;
        let ties = members::store::ties(db, &ids).await?;
        let proved = addresses::proved(db, some).await?;
        for account in open {
            let email_verified = proved.contains(&(account.id, account.email.clone()));
            let id = of_subject.get(&account.id.to_string());
            let member = id.and_then(|id| members.get(id)).cloned();
            let ties = id.and_then(|id| ties.get(id)).cloned().unwrap_or_default();
            let facts = Facts {
                account,
                email_verified,
                member,
                ties,
            };
            known.insert(facts.account.id, facts);
        }
    }
    Ok(known)
}

/// People with an active record and an open account, by key: at most so many after this one, and the key to go on after,
/// while there are more. Of somebody with several accounts the oldest counts. A few queries, however many people.
pub async fn people(
    db: &impl ConnectionTrait,
    after: Option<MemberId>,
    most: u64,
) -> Result<(Vec<Facts>, Option<MemberId>), DbErr> {
    let mut query = member_rows::Entity::find()
        .select_only()
        .column(member_rows::Column::Id)
        .filter(member_rows::Column::Kind.eq("person"))
        .filter(member_rows::Column::Standing.eq(Standing::Active.as_str()))
        .order_by_asc(member_rows::Column::Id)
        .limit(most);
    if let Some(after) = after {
        query = query.filter(member_rows::Column::Id.gt(after.0));
    }
    let ids: Vec<Uuid> = query.into_tuple().all(db).await?;
    let full = u64::try_from(ids.len()).is_ok_and(|number| number == most);
    let next = ids.last().filter(|_| full).copied().map(MemberId);
    let accounts: Vec<AccountId> = identity::Entity::find()
        .filter(identity::Column::Issuer.eq(BUILT_IN_ISSUER))
        .filter(identity::Column::MemberId.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .filter_map(|row| row.subject.parse().ok())
        .collect();
    let mut found: Vec<Facts> = facts_of(db, &accounts).await?.into_values().collect();
    let whose = |facts: &Facts| facts.member.as_ref().map(|member| member.id);
    found.sort_by_key(|facts| (whose(facts), facts.account.created_at, facts.account.id));
    found.dedup_by_key(|facts| whose(facts));
    Ok((found, next))
}

impl Facts {
    /// Whether they have left the community: nobody lets them in then.
    pub fn has_left(&self) -> bool {
        self.member
            .as_ref()
            .is_some_and(|member| member.standing == Standing::Left)
    }

    /// The person as one who asks, for rules.
    pub fn actor(&self) -> Actor {
        let Some(member) = self.member.as_ref().filter(|member| member.standing != Standing::Left) else {
            return Actor::Anonymous;
        };
        Actor::Member(Box::new(ActingMember {
            id: member.id,
            handle: member.handle.clone(),
            name: member.name.clone(),
            class: member.class,
            standing: member.standing,
            steward: member.steward,
            circles: self
                .ties
                .circles
                .iter()
                .map(|circle| (circle.id, circle.role))
                .collect(),
            time_zone: member.time_zone,
            locale: member.locale.clone(),
        }))
    }

    /// Groups, as tools map them to rights: each with a prefix for its kind. Rights are for active members: of all others
    /// only the standing is told.
    pub fn groups(&self) -> Vec<String> {
        let Some(member) = &self.member else {
            return Vec::new();
        };
        let mut groups = vec![format!("standing:{}", member.standing.as_str())];
        let actor = self.actor();
        if member.standing != Standing::Active {
            return groups;
        }
        if member.class.operational {
            groups.push("class:operational".to_owned());
        }
        if member.class.user {
            groups.push("class:user".to_owned());
        }
        if member.class.is_guest() {
            groups.push("class:guest".to_owned());
        }
        if actor.is_member() {
            groups.push("hub:member".to_owned());
            for circle in &self.ties.circles {
                groups.push(format!("circle:{}", circle.slug));
                if circle.role != CircleRole::Member {
                    groups.push(format!("role:{}:{}", circle.slug, circle.role.as_str()));
                }
            }
        }
        if actor.is_steward() {
            groups.push("hub:steward".to_owned());
        }
        groups
    }

    /// Class, standing and organisations.
    fn membership(&self) -> Option<Value> {
        let member = self.member.as_ref()?;
        let mut classes = Vec::new();
        if member.class.operational {
            classes.push("operational");
        }
        if member.class.user {
            classes.push("user");
        }
        let organisations: Vec<_> = self
            .ties
            .organisations
            .iter()
            .map(|organisation| json!({ "handle": organisation.handle, "name": organisation.name }))
            .collect();
        Some(json!({
            "class": classes,
            "standing": member.standing.as_str(),
            "organisations": organisations,
        }))
    }

    /// The value of a claim; none where there is nothing to tell. `base_url` is the hub's address.
    pub fn claim(&self, name: &str, base_url: &str) -> Option<Value> {
        let member = self.member.as_ref();
        let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        match name {
            "name" => text(member.map_or(&self.account.name, |member| &member.name)),
            "nickname" | "preferred_username" => text(&member?.handle),
            "profile" => text(&format!("{base_url}/members/{}", member?.handle)),
            "website" => text(&member?.website),
            "zoneinfo" => text(member?.time_zone.name()),
            "locale" => text(&member?.locale),
            "email" => text(&self.account.email),
            "email_verified" => Some(self.email_verified.into()),
            "groups" => Some(self.groups().into()),
            "membership" => self.membership(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        CircleId, MemberId,
        accounts::arrivals::{self, Person},
        members::{CircleRef, MemberKind, MemberRef},
        testing::{at, on_each_database},
    };

    fn known() -> Facts {
        let now = at(2026, 11, 23, 9, 0);
        let mut member = Member::new(MemberKind::Person, "Ama Owusu", "ama", now);
        member.class.operational = true;
        member.steward = true;
        let circle = |slug: &str, role| CircleRef {
            id: CircleId::generate(),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            role,
        };
        Facts {
            account: Account {
                id: AccountId::generate(),
                email: "ama@example.org".into(),
                name: "Ama".into(),
                created_at: now,
                disabled_at: None,
                locale: String::new(),
            },
            email_verified: false,
            member: Some(member),
            ties: Ties {
                organisations: vec![MemberRef {
                    id: MemberId::generate(),
                    handle: "mill".into(),
                    name: "The Mill".into(),
                }],
                circles: vec![circle("care", CircleRole::Member), circle("tech", CircleRole::Convenor)],
                ..Ties::default()
            },
        }
    }

    #[test]
    fn groups_have_a_prefix_and_go_with_the_standing() {
        let mut facts = known();
        assert_eq!(
            facts.groups(),
            [
                "standing:active",
                "class:operational",
                "hub:member",
                "circle:care",
                "circle:tech",
                "role:tech:convenor",
                "hub:steward"
            ]
        );
        facts.member.as_mut().unwrap().standing = Standing::Lapsed;
        assert_eq!(
            facts.groups(),
            ["standing:lapsed"],
            "no right without an active membership"
        );
        facts.member.as_mut().unwrap().standing = Standing::Left;
        assert!(facts.has_left() && facts.actor() == Actor::Anonymous);
    }

    #[test]
    fn claims_say_what_there_is() {
        let facts = known();
        let claim = |name| facts.claim(name, "https://hub.example");
        assert_eq!(claim("name").unwrap(), "Ama Owusu");
        assert_eq!(claim("preferred_username").unwrap(), "ama");
        assert_eq!(claim("profile").unwrap(), "https://hub.example/members/ama");
        assert_eq!(claim("website"), None);
        assert_eq!(
            claim("membership").unwrap(),
            json!({
                "class": ["operational"],
                "standing": "active",
                "organisations": [{ "handle": "mill", "name": "The Mill" }]
            })
        );
        assert_eq!(claim("password_hash"), None);
        for (name, scope) in CLAIMS {
            assert!(SCOPES.contains(&scope), "{name}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn facts_are_what_the_records_say_now() {
        on_each_database(|db| async move {
            let now = at(2026, 11, 23, 9, 0);
            let tx = db.begin().await.unwrap();
            let account = store::insert_account(&tx, now, "ama@example.org", "Ama", "")
                .await
                .unwrap()
                .id;
            tx.commit().await.unwrap();
            let before = facts(db.read(), account).await.unwrap().unwrap();
            assert!(before.member.is_none() && before.groups().is_empty());
            assert_eq!(before.claim("name", "").unwrap(), "Ama");
            let person = Person {
                issuer: BUILT_IN_ISSUER.to_owned(),
                subject: account.to_string(),
                name: Some("Ama Owusu".into()),
                ..Person::default()
            };
            arrivals::sign_in(&db, now, &person).await.unwrap();
            let after = facts(db.read(), account).await.unwrap().unwrap();
            assert!(after.groups().contains(&"hub:steward".to_owned()), "the first person");
            let tx = db.begin().await.unwrap();
            let newcomer = store::insert_account(&tx, now, "bo@example.org", "Bo", "")
                .await
                .unwrap()
                .id;
            tx.commit().await.unwrap();
            let known = facts_of(db.read(), &[account, newcomer, AccountId::generate()])
                .await
                .unwrap();
            assert_eq!(known.len(), 2);
            assert_eq!(known[&account].groups(), after.groups());
            assert!(known[&newcomer].member.is_none(), "never mixed up");
            assert_eq!(
                facts(db.read(), AccountId::generate())
                    .await
                    .unwrap()
                    .map(|f| f.account),
                None
            );
        })
        .await;
    }
}
