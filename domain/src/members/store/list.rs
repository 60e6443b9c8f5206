//! The list of members: search and filters that know no more than the reader may see.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, LikeExpr, Query},
};

use super::profile::ties;
use crate::{
    MemberId,
    access::Actor,
    circles::{self, Circle},
    members::{
        Member, MemberKind, Profile, Visibility,
        entity::{languages, members},
        rules,
    },
};

/// Members on one page.
pub const PAGE: u64 = 24;
/// Most words of a search that count.
const MOST_WORDS: usize = 8;
/// Who is listed at all. Written out rather than bound: only so do the databases see that their partial indexes fit.
const LISTED: &str = "members.standing <> 'left'";
/// Most choices of one filter.
const MOST_CHOICES: u64 = 200;

/// A class to filter by. Who is both operational and user is found under either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassFilter {
    /// Operational members.
    Operational,
    /// User members.
    User,
    /// The wider community.
    Guest,
}

impl ClassFilter {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Operational, Self::User, Self::Guest];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::User => "user",
            Self::Guest => "guest",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

/// What somebody looks for; what is empty does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Words that all have to be found.
    pub words: String,
    /// People or organisations.
    pub kind: Option<MemberKind>,
    /// Class of membership.
    pub class: Option<ClassFilter>,
    /// Name of a circle in addresses.
    pub circle: String,
    /// A BCP 47 tag.
    pub language: String,
    /// Part of the world.
    pub region: String,
    /// Page, from 1.
    pub page: u64,
}

impl Filter {
    /// Whether anything is looked for, apart from the page.
    pub fn is_empty(&self) -> bool {
        *self
            == Self {
                page: self.page,
                ..Self::default()
            }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The members, as the reader may see them.
    pub members: Vec<Profile>,
    /// How many there are on all pages.
    pub total: u64,
    /// This page, from 1.
    pub page: u64,
    /// The last page, at least 1.
    pub last: u64,
}

/// Finds members, by name. Four queries, however many there are.
pub async fn search(db: &impl ConnectionTrait, filter: &Filter, reader: &Actor) -> Result<Page, DbErr> {
    let found = find(filter, rules::reads_as(reader));
    let total = found.clone().count(db).await?;
    let last = Ord::max(total.div_ceil(PAGE), 1);
    let page = Ord::clamp(filter.page, 1, last);
    let rows: Vec<Member> = found
        .order_by_asc(members::Column::SortKey)
        .order_by_asc(members::Column::Id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
        .all(db)
        .await?
        .into_iter()
        .map(Member::from)
        .collect();
    let ids: Vec<MemberId> = rows.iter().map(|member| member.id).collect();
    let mut ties = ties(db, &ids).await?;
    let members = rows
        .iter()
        .map(|member| rules::seen_by(member, &ties.remove(&member.id).unwrap_or_default(), reader))
        .collect();
    Ok(Page {
        members,
        total,
        page,
        last,
    })
}

/// The words in the `…_seen_by` columns that let this reader see a field.
pub(super) fn seen_by_words(reader: Visibility) -> impl Iterator<Item = &'static str> {
    Visibility::ALL
        .into_iter()
        .filter(move |shown_to| rules::shows(*shown_to, reader))
        .map(Visibility::as_str)
}

fn find(filter: &Filter, reader: Visibility) -> Select<members::Entity> {
    let mut found = members::Entity::find().filter(Expr::cust(LISTED));
    let searched = if reader == Visibility::Public {
        members::Column::SearchPublic
    } else {
        members::Column::SearchMembers
    };
    for word in rules::fold(&filter.words).split_whitespace().take(MOST_WORDS) {
        let word = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        found = found.filter(Expr::col(searched).like(LikeExpr::new(format!("%{word}%")).escape('\\')));
    }
    if let Some(kind) = filter.kind {
        found = found.filter(members::Column::Kind.eq(kind.as_str()));
    }
    found = match filter.class {
        None => found,
        Some(ClassFilter::Operational) => found.filter(members::Column::Operational.eq(true)),
        Some(ClassFilter::User) => found.filter(members::Column::UserMember.eq(true)),
        Some(ClassFilter::Guest) => found.filter(
            Condition::all()
                .add(members::Column::Operational.eq(false))
                .add(members::Column::UserMember.eq(false)),
        ),
    };
    if !filter.circle.is_empty() {
        found = found
            .filter(members::Column::CirclesSeenBy.is_in(seen_by_words(reader)))
            .filter(members::Column::Id.in_subquery(circles::store::member_ids_of(&filter.circle)));
    }
    if !filter.language.is_empty() {
        found = found.filter(
            members::Column::Id.in_subquery(
                Query::select()
                    .column(languages::Column::MemberId)
                    .from(languages::Entity)
                    .and_where(languages::Column::Language.eq(&filter.language))
                    .and_where(languages::Column::SeenBy.is_in(seen_by_words(reader)))
                    .to_owned(),
            ),
        );
    }
    if !filter.region.is_empty() {
        found = found
            .filter(members::Column::RegionSeenBy.is_in(seen_by_words(reader)))
            .filter(members::Column::Region.eq(&filter.region));
    }
    found
}

/// What the filters offer this reader: only what at least one member shows to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// Circles, by name.
    pub circles: Vec<Circle>,
    /// Languages, as tags.
    pub languages: Vec<String>,
    /// Parts of the world.
    pub regions: Vec<String>,
}

/// Looks up what the filters offer. Three queries.
pub async fn facets(db: &impl ConnectionTrait, reader: &Actor) -> Result<Facets, DbErr> {
    let reader = rules::reads_as(reader);
    let languages = languages::Entity::find()
        .select_only()
        .column(languages::Column::Language)
        .distinct()
        .filter(languages::Column::SeenBy.is_in(seen_by_words(reader)))
        .order_by_asc(languages::Column::Language)
        .limit(MOST_CHOICES)
        .into_tuple()
        .all(db)
        .await?;
    let regions = members::Entity::find()
        .select_only()
        .column(members::Column::Region)
        .distinct()
        .filter(members::Column::RegionSeenBy.is_in(seen_by_words(reader)))
        .filter(members::Column::Region.ne(""))
        .filter(Expr::cust(LISTED))
        .order_by_asc(members::Column::Region)
        .limit(MOST_CHOICES)
        .into_tuple()
        .all(db)
        .await?;
    Ok(Facets {
        circles: circles::store::all(db).await?,
        languages,
        regions,
    })
}
